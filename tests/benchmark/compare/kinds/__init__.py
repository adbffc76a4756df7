"""The second set of data: one short program per contender, ``python FILE INPUT OUTPUT KIND``, for all kinds of logs."""
