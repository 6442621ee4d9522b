"""What every route works with: settings, database, workers."""

from typing import Annotated

from fastapi import Depends, Request

from service.db.database import Database
from service.settings import Settings
from service.solve import Workers


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _workers(request: Request) -> Workers:
    workers: Workers = request.app.state.workers
    return workers


SettingsOf = Annotated[Settings, Depends(_settings)]
DatabaseOf = Annotated[Database, Depends(_database)]
WorkersOf = Annotated[Workers, Depends(_workers)]
