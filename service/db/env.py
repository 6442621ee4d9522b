"""Alembic's entry: runs the migrations on the connection that ``service.db.database`` hands over."""

from alembic import context

from service.db.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
