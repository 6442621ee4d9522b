"""Exchange: iLEAP 1.0.0 and PACT 3 documents, out of a report and in from others."""
