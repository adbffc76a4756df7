"""The transformation alone: no Spark, no AWS, a fraction of a second."""


def test_health_checks_are_dropped(loglake_events):
    events = loglake_events(["GET /health 200", "GET /orders 200"], log_group="/app/shop")
    assert events.column("message") == ["GET /orders 200"]
    assert events.dropped == 1


def test_debug_is_dropped_and_events_without_a_level_stay(loglake_events):
    events = loglake_events(["DEBUG cache miss", "ERROR no stock", "17 orders"], log_group="/app/shop")
    assert events.column("level") == ["ERROR", None]
    assert events.dropped == 1


def test_no_email_address_is_written(loglake_events):
    """Neither in the text, nor in the column of a JSON field, nor in what does not fit its column."""
    messages = [
        {"message": f"order of user{n}@example.com", "user": f"user{n}@example.com", "order": n} for n in range(100)
    ]
    messages.append({"message": "an order without a number", "user": "ann@example.com", "order": "of\nann@example.com"})
    events = loglake_events(messages, log_group="/app/shop", types={"team": "string", "order": "bigint"})
    assert events.column("order") == [*range(100), None]
    assert set(events.column("user")) == {"<email>"}
    assert events.column("_rescued")[-1] == r'{"order":"of\n<email>"}'
    assert not [row for row in events.rows if "@" in str(row)]


def test_each_service_has_its_team(loglake_events):
    assert loglake_events(["paid"], log_group="/app/pay-eu").column("team") == ["payments"]
    assert loglake_events(["sold"], log_group="/app/shop").column("team") == ["shop"]
