"""The transformation where it runs: exported, converted and queried as on AWS, on this machine."""


def test_what_is_exported_is_clean(loglake_local):
    loglake_local.put("/app/pay", ["GET /health 200", "paid by ann@example.com"])
    counts = loglake_local.export("/app/pay")
    assert (counts.events_in, counts.rows_out, counts.dropped) == (2, 1, 1)
    rows = loglake_local.query("SELECT message, team FROM app_pay")
    assert rows == [{"message": "paid by <email>", "team": "payments"}]
