"""Service: HTTP, storage, pages and the command line. The only room that knows FastAPI, SQL or a browser."""
