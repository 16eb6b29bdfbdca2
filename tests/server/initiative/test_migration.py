"""A database from before the desk keeps its initiatives and applications."""

import sqlite3

from server.storage.migrate import migrate, read_migrations


def test_applications_survive_being_made_anew() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    migrations = read_migrations()
    migrate(connection, [migration for migration in migrations if migration.number < 5])
    for handle, place in (("garden", "Leipzig, DE"), ("letters", None)):
        connection.execute(
            "INSERT INTO local_actors VALUES (?, 'initiative', ?, 'active', '{}', 0)", (handle, handle)
        )
        connection.execute(
            "INSERT INTO initiatives VALUES (?, ?, 'Name', '', 'en', '', ?, NULL, NULL, '', 0, 0)",
            (handle, handle, place),
        )
    row = ("garden", "@hub@hub.example", "refused", "https://hub.example/", "@hub", "f1", "Not now", 7)
    connection.execute("INSERT INTO hub_applications VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    migrate(connection, migrations)
    assert connection.execute("SELECT * FROM hub_applications").fetchall() == [row]
    decided = connection.execute("SELECT handle, place_decided FROM initiatives ORDER BY handle").fetchall()
    assert decided == [("garden", 1), ("letters", 0)]
    # They still go with their initiative.
    connection.execute("DELETE FROM initiatives")
    assert connection.execute("SELECT * FROM hub_applications").fetchall() == []
    connection.close()
