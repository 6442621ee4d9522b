"""What of live dispatch lives as long as the server does."""

from service.atlas import Atlas
from service.db.database import Database
from service.live.bells import Bells
from service.live.feed import Feeds
from service.live.keeper import Keeper
from service.settings import Settings


class Live:
    """The live dispatching of one process.

    Args:
        database: of the server.
        settings: of the server.

    Attributes:
        bells: wake those who wait for news.
        keeper: takes fleets and dispatches them.
        feeds: tell subscribers what is decided.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self.bells = Bells(database)
        self.feeds = Feeds(database, self.bells)
        self.keeper = Keeper(database, self.bells, Atlas(settings.map_files))

    def start(self) -> None:
        """Begin to take fleets."""
        self.bells.start()
        self.keeper.start()

    def close(self) -> None:
        """Give every fleet back."""
        self.keeper.close()
        self.bells.close()
