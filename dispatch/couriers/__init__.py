"""Couriers who roam: their planner for the dispatcher, and a public meal-delivery day run through it."""

from dispatch.couriers.board import Ways
from dispatch.couriers.day import MealRun, run_meal_day
from dispatch.couriers.planner import CourierPlanner, CourierRules

__all__ = ["CourierPlanner", "CourierRules", "MealRun", "Ways", "run_meal_day"]
