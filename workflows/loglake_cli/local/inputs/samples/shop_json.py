"""A web shop that logs one JSON object per event, from containers: nested fields, arrays, nulls, non-ASCII text.

Every scalar field has one JSON type wherever it appears; ``coupon`` is sometimes null, ``user``, ``order`` and
``error`` are sometimes absent.
"""

from __future__ import annotations

import json
import random
from typing import Any

from loglake.core.units import format_instant
from loglake_cli.local.inputs.samples.traffic import Made, Streams, Traffic

LOG_GROUP = "/app/shop"

_SHARES = (0.55, 0.30, 0.15)
"""The share of events per task: the first stream is by far the longest."""

# Method, path, logger, usual milliseconds.
_ROUTES = (
    ("GET", "/", "shop.web", 18.0),
    ("GET", "/api/products", "shop.catalog", 35.0),
    ("GET", "/api/products/search", "shop.catalog", 120.0),
    ("GET", "/api/cart", "shop.cart", 22.0),
    ("POST", "/api/cart/items", "shop.cart", 41.0),
    ("POST", "/api/orders", "shop.orders", 260.0),
    ("GET", "/health", "shop.web", 1.5),
)
_ROUTE_WEIGHTS = (20, 28, 14, 14, 9, 5, 10)
_COUNTRIES = ("DE", "FR", "NL", "PL", "ES", "SE")
_PRODUCTS = ("café crème mug", "blue kettle", "Smørrebrød board", "travel lamp ✈", "linen apron", "jalapeño pot")
_COUPONS = (None, None, None, "SPRING10", "WELCOME")
_TAGS = ("web", "mobile", "beta", "b2b")
_ERRORS = (
    ("PaymentDeclined", "card declined by issuer"),
    ("TimeoutError", "inventory did not answer within 2000 ms"),
)


def streams(traffic: Traffic, count: int) -> Streams:
    """Makes a number of events over one stream per task, such as ``web/shop/4f1e…``."""
    names = [f"web/shop/{traffic.hex_id(32)}" for _ in _SHARES]
    made: dict[str, list[Made]] = {name: [] for name in names}
    for ms, name in zip(traffic.times(count), traffic.rng.choices(names, weights=_SHARES, k=count)):
        event = _event(ms, traffic)
        made[name].append((ms, json.dumps(event, ensure_ascii=False, separators=(",", ":"))))
    return made


def _event(ms: int, traffic: Traffic) -> dict[str, Any]:
    rng = traffic.rng
    method, path, logger, usual_ms = rng.choices(_ROUTES, weights=_ROUTE_WEIGHTS)[0]
    failed = path != "/health" and rng.random() < 0.015
    status = 503 if failed else 404 if path == "/api/products" and rng.random() < 0.04 else 200
    level = "ERROR" if failed else "WARN" if status == 404 else "DEBUG" if path == "/health" else "INFO"
    duration_ms = round(usual_ms * rng.lognormvariate(0.0, 0.4) + (2000.0 if failed else 0.0), 2)
    event: dict[str, Any] = {
        "timestamp": format_instant(ms),
        "level": level,
        "logger": logger,
        "message": f"{method} {path} answered {status}",
        "service": {"name": "shop", "version": "1.14.2"},
        "request": {
            "id": traffic.hex_id(16),
            "method": method,
            "path": path,
            "status": status,
            "duration_ms": duration_ms,
        },
        "cached": method == "GET" and rng.random() < 0.6,
        "tags": rng.sample(_TAGS, k=rng.randrange(3)),
    }
    if path != "/health" and rng.random() < 0.7:
        event["user"] = {"id": rng.randrange(1, 9000), "country": rng.choice(_COUNTRIES), "premium": rng.random() < 0.2}
    if path == "/api/orders":
        event.update(_order(rng))
    if failed:
        kind, text = rng.choice(_ERRORS)
        event["message"] = f"{method} {path} failed: {text}"
        event["error"] = {"type": kind, "stack": f"{kind}: {text}\n    at {logger}.handle\n    at shop.web.dispatch"}
    return event


def _order(rng: random.Random) -> dict[str, Any]:
    lines = [{"product": rng.choice(_PRODUCTS), "quantity": rng.randrange(1, 5)} for _ in range(rng.randrange(1, 4))]
    total = round(rng.uniform(5, 400), 2)
    order = {"id": f"o-{rng.randrange(10**8):08d}", "total": total, "currency": "EUR", "lines": lines}
    return {"order": order, "coupon": rng.choice(_COUPONS)}
