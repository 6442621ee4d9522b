"""Exchange: iLEAP 1.0.0 and PACT 3 documents, out of a report and in from others.

>>> import carbon
>>> carbon.import_documents('{"tocId": "T1"}').flags[0].path
'$.mode'
"""

from carbon.exchange.categories import LeftOut
from carbon.exchange.export import Exported, documents_json, export_documents
from carbon.exchange.flags import Flag, Unchecked
from carbon.exchange.ileap import (
    Distance,
    Document,
    EnergyCarrier,
    Feedstock,
    Hoc,
    Location,
    ShipmentFootprint,
    Tad,
    Tce,
    Toc,
)
from carbon.exchange.mapping import Basis, DataOwner, Delivery, product_footprint
from carbon.exchange.pact import CarbonFootprint, DataQuality, EmissionFactorSource, Extension, ProductFootprint
from carbon.exchange.reading import Imported, Incoming, import_documents

__all__ = [
    "Basis",
    "CarbonFootprint",
    "DataOwner",
    "DataQuality",
    "Delivery",
    "Distance",
    "Document",
    "EmissionFactorSource",
    "EnergyCarrier",
    "Exported",
    "Extension",
    "Feedstock",
    "Flag",
    "Hoc",
    "Imported",
    "Incoming",
    "LeftOut",
    "Location",
    "ProductFootprint",
    "ShipmentFootprint",
    "Tad",
    "Tce",
    "Toc",
    "Unchecked",
    "documents_json",
    "export_documents",
    "import_documents",
    "product_footprint",
]
