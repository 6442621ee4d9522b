"""A meal-delivery day that is worked out by hand: two couriers, two restaurants, two orders.

A hundred metres take a minute, and a begun minute counts whole. c1 is 3 min from r1, 11 min from r2; c2 is 3 min from
r2 and comes on at 10. o1 is ready at r1 at 20, 4.5 min from its door; o2 at r2 at 22, 2.5 min from its door.

c1 sets off at 15, is there at 18, picks o1 up at 20, leaves at 22, is at the door at 27, drops off at 29: 24 min after
the click at 5. c2 sets off at 17, picks o2 up at 22, leaves at 24, is at the door at 27, drops off at 29: 21 min after
the click at 8. c1 is paid the guaranteed 15 for its hour, c2 the 10 of its order, above 7.50 for its half hour.
"""

from pathlib import Path

PARAMETERS = (
    "meters_per_minute\tpickup service minutes\tdropoff service minutes\ttarget click-to-door\tmaximum click-to-door"
    "\tpay per order\tguaranteed pay per hour\n100\t4\t4\t22\t90\t10\t15\n"
)
FILES = {
    "restaurants.txt": "restaurant\tx\ty\nr1\t0\t0\nr2\t1000\t0\n",
    "couriers.txt": "courier\tx\ty\ton_time\toff_time\nc1\t0\t300\t0\t60\nc2\t1300\t0\t10\t40\n",
    "orders.txt": (
        "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t0\t-450\t5\tr1\t20\no2\t1000\t250\t8\tr2\t22\n"
    ),
    "instance_parameters.txt": PARAMETERS,
}
SOLUTION = {
    "solution_info_assignments.txt": "assignment_time pickup_time courier orders\n15 20 c1 o1\n17 22 c2 o2\n",
    "solution_info_orders.txt": (
        "order placement_time restaurant ready_time pickup_time dropoff_time courier\n"
        "o1 5 r1 20 20 29 c1\no2 8 r2 22 22 29 c2\n"
    ),
    "solution_info_couriers.txt": (
        "courier departure_time origin destination\nc1 15 0 r1\nc1 22 r1 o1\nc2 17 0 r2\nc2 24 r2 o2\n"
    ),
}
FIGURES = {
    "orders": 2,
    "delivered": 2,
    "undelivered_share": 0.0,
    "click_to_door_mean_min": 22.5,
    "click_to_door_overage_mean_min": 1.0,
    "ready_to_pickup_mean_min": 0.0,
    "cost_per_order": 12.5,
    "orders_per_bundle": 1.0,
}


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files into a folder, made if it is not there."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder
