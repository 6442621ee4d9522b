"""What an operator sees: figures for Prometheus, a log line and an id for every request, traces if wanted."""
