//! Facts in their table: what holds now, and what held until some day.

use std::sync::LazyLock;

use sqlx::query_builder::QueryBuilder;
use sqlx::{Sqlite, SqliteConnection};

use super::{ViewsError, codec};
use crate::metrics::Tally;
use crate::views::facts::{Fact, Version};
use crate::views::tallies::{Tallies, TallyKey};

/// A fact that holds still holds until the greatest day.
pub(super) const HOLDS: i64 = i32::MAX as i64;

/// The table of the tallies: one column for each of their numbers.
pub(super) fn table() -> String {
    let numbers: Vec<String> = Tally::NAMES.iter().map(|name| format!("{name} INTEGER NOT NULL")).collect();
    format!(
        "CREATE TABLE tallies (kind TEXT NOT NULL, path TEXT NOT NULL, name TEXT NOT NULL, rung TEXT NOT NULL, \
         month INTEGER NOT NULL, {}, PRIMARY KEY (kind, path, name, rung, month)) WITHOUT ROWID;",
        numbers.join(", ")
    )
}

/// Writes what cases add to the figures from which day on.
pub(super) async fn write(connection: &mut SqliteConnection, versions: &[Version]) -> Result<(), ViewsError> {
    let mut firsts: Vec<(i64, i32)> = Vec::new();
    for version in versions.iter().filter(|version| version.follows) {
        let opened = codec::signed(version.opened);
        if firsts.last().is_none_or(|(before, _)| *before != opened) {
            firsts.push((opened, version.since));
        }
    }
    for chunk in codec::chunks(&firsts) {
        // What was recorded the same day is no fact of any day's end.
        for (statement, end) in [
            ("DELETE FROM facts WHERE past = 0 AND (opened, since) IN (VALUES ", ")"),
            (
                "UPDATE facts SET past = 1, until = ended.column2 FROM (VALUES ",
                ") AS ended WHERE past = 0 AND opened = ended.column1",
            ),
        ] {
            let mut query = QueryBuilder::<Sqlite>::new(statement);
            let mut pairs = query.separated(", ");
            for (opened, since) in chunk {
                pairs.push("(").push_bind_unseparated(opened);
                pairs.push_unseparated(", ").push_bind_unseparated(since).push_unseparated(")");
            }
            query.push(end);
            query.build().execute(&mut *connection).await?;
        }
    }
    let numbered = |version: &Version| (0_i64..).zip(version.facts.clone()).collect::<Vec<(i64, Fact)>>();
    let rows: Vec<(&Version, i64, Fact)> = versions
        .iter()
        .flat_map(|version| numbered(version).into_iter().map(move |(number, fact)| (version, number, fact)))
        .collect();
    for chunk in codec::chunks(&rows) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO facts (past, day, path, opened, number, since, until, unit, rung, item, place, tally) ",
        );
        query.push_values(chunk, |mut values, (version, number, fact)| {
            values
                .push_bind(version.until.is_some())
                .push_bind(fact.day)
                .push_bind(fact.path.as_str())
                .push_bind(codec::signed(version.opened))
                .push_bind(number)
                .push_bind(version.since)
                .push_bind(version.until.map_or(HOLDS, i64::from))
                .push_bind(fact.unit.as_str())
                .push_bind(fact.rung)
                .push_bind(fact.item.as_str())
                .push_bind(fact.place.as_str())
                .push_bind(fact.tally.pack());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Adds to the tallies.
pub(super) async fn add(connection: &mut SqliteConnection, tallies: Tallies) -> Result<(), ViewsError> {
    static BEGIN: LazyLock<String> = LazyLock::new(|| {
        format!("INSERT INTO tallies (kind, path, name, rung, month, {}) ", Tally::NAMES.join(", "))
    });
    static END: LazyLock<String> = LazyLock::new(|| {
        let set: Vec<String> =
            Tally::NAMES.iter().map(|name| format!("{name} = {name} + excluded.{name}")).collect();
        format!(" ON CONFLICT (kind, path, name, rung, month) DO UPDATE SET {}", set.join(", "))
    });
    let mut tallies: Vec<(TallyKey, Tally)> = tallies.into_iter().collect();
    tallies.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    for chunk in codec::chunks(&tallies) {
        let mut query = QueryBuilder::<Sqlite>::new(BEGIN.as_str());
        query.push_values(chunk, |mut values, (key, tally)| {
            values
                .push_bind(key.kind.as_str())
                .push_bind(key.path.as_str())
                .push_bind(key.name.as_str())
                .push_bind(key.rung)
                .push_bind(key.month);
            for value in tally.values() {
                values.push_bind(value);
            }
        });
        query.push(END.as_str());
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}
