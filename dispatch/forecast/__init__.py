"""The demand forecast: orders to expect by H3 cell and quarter hour, with intervals, a heat map and waiting places."""

from dispatch.forecast.demand import Demand
from dispatch.forecast.forecast import Forecast
from dispatch.forecast.hints import Hint, hints
from dispatch.forecast.history import ForecastError, History

__all__ = ["Demand", "Forecast", "ForecastError", "Hint", "History", "hints"]
