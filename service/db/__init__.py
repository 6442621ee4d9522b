"""Storage: SQLAlchemy models, Alembic migrations and one repository for each table."""
