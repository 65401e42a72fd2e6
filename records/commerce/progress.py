"""How far a parcel has come. Needs `Shipment.events` loaded."""

from __future__ import annotations

from datetime import datetime

from records.commerce.models import Shipment, ShipmentEvent, ShipmentStatus

OVER = (ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED)
# How far a parcel has come: a shop often leaves the parcel's own status behind its trace.
_PROGRESS = {
    ShipmentStatus.UNKNOWN: 0,
    ShipmentStatus.CREATED: 1,
    ShipmentStatus.PICKED_UP: 2,
    ShipmentStatus.IN_TRANSIT: 3,
    ShipmentStatus.OUT_FOR_DELIVERY: 4,
    ShipmentStatus.DELIVERED: 5,
}


def current_status(shipment: Shipment) -> str:
    """The parcel's status, or that of its newest traced line when the trace has come further."""
    own, last = shipment.status, last_event(shipment)
    if last is None or own not in _PROGRESS or _PROGRESS.get(ShipmentStatus(own), 0) >= 5:
        return own
    traced = last.status if last.status in list(ShipmentStatus) else ShipmentStatus.UNKNOWN
    ahead = _PROGRESS.get(ShipmentStatus(traced), 9) > _PROGRESS[ShipmentStatus(own)]
    return traced if ahead else own


def last_event(shipment: Shipment) -> ShipmentEvent | None:
    """The newest line of the trace."""
    return max(shipment.events, key=lambda e: (e.at, e.id), default=None)


def arrived_at(shipment: Shipment) -> datetime | None:
    """When the parcel was handed over, by its trace if that tells."""
    last = last_event(shipment)
    if last is not None and last.status == ShipmentStatus.DELIVERED:
        return last.at
    return shipment.delivered_at
