"""What of live dispatch lives as long as the server does."""

from service.atlas import Atlas
from service.db.database import Database
from service.live.bells import Bells
from service.live.courier import Courier
from service.live.feed import Feeds
from service.live.keeper import Keeper
from service.privacy.sealing import Sealer
from service.settings import Settings


class Live:
    """The live dispatching of one process.

    Args:
        database: of the server.
        settings: of the server.
        sealer: opens the webhooks' secrets.

    Attributes:
        bells: wake those who wait for news.
        keeper: takes fleets and dispatches them.
        feeds: tell subscribers what is decided.
    """

    def __init__(self, database: Database, settings: Settings, sealer: Sealer) -> None:
        self.bells = Bells(database)
        self.feeds = Feeds(database, self.bells)
        self.keeper = Keeper(database, self.bells, lambda: Atlas(settings.map_files))
        self._courier = Courier(database, self.bells, self.keeper, sealer, private=settings.webhook_private)

    def start(self) -> None:
        """Begin to take fleets."""
        self.bells.start()
        self.keeper.start()
        self._courier.start()

    def close(self) -> None:
        """Give every fleet back."""
        self._courier.close()
        self.keeper.close()
        self.bells.close()
