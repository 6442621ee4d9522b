"""The bundled factor file, what it was made from, and the script that made it."""
