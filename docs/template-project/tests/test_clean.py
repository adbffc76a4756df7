"""The transformation alone: no Spark, no AWS, a fraction of a second."""


def test_health_checks_are_dropped(loglake_events):
    events = loglake_events(["GET /health 200", "GET /orders 200"], log_group="/app/shop")
    assert events.column("message") == ["GET /orders 200"]
    assert events.dropped == 1


def test_no_email_address_is_written(loglake_events):
    messages = ({"message": f"order of user{number}@example.com", "order": number} for number in range(100))
    events = loglake_events(messages, log_group="/app/shop")
    assert events.column("order") == list(range(100))
    assert not [row for row in events.rows if "@" in str(row)]


def test_each_service_has_its_team(loglake_events):
    assert loglake_events(["paid"], log_group="/app/pay-eu").column("team") == ["payments"]
    assert loglake_events(["sold"], log_group="/app/shop").column("team") == ["shop"]
