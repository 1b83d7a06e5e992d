//! 通知: each one's fold, who has it before them, and what is still to go out.

use std::collections::BTreeMap;

use domain::ids::{CaseId, UnitId};
use domain::notify::{Delivery, Event, Progress, State, Urgency, Who};
use jiff::Timestamp;
use sqlx::query_builder::QueryBuilder;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::cases::COUNT_MAX;
use super::{Views, ViewsError, codec};
use crate::views::page::Notified;

/// A notification as the views have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: Uuid,
    /// Position of its first event.
    pub position: u64,
    /// Its fold.
    pub state: State,
}

/// A message that is to go out, or that was parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The notification.
    pub notification: Notification,
    /// Number of the delivery.
    pub number: u32,
}

impl Outgoing {
    /// The delivery itself.
    pub fn delivery(&self) -> Option<&Delivery> {
        self.notification.state.delivery(self.number)
    }
}

/// Most of one answer.
const MOST: u32 = 1_000;

/// Folds what a page says of notifications; whom it concerns, with the number of the case.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    notified: &[Notified],
) -> Result<Vec<(String, UnitId)>, ViewsError> {
    let mut changed: BTreeMap<Uuid, Notification> = BTreeMap::new();
    let ids: Vec<Uuid> = notified.iter().map(|one| one.id).collect();
    for chunk in codec::chunks(&ids) {
        let mut query =
            QueryBuilder::<Sqlite>::new("SELECT id, position, state FROM notifications WHERE id IN (");
        let mut places = query.separated(", ");
        for id in chunk {
            places.push_bind(*id);
        }
        query.push(")");
        for row in query.build().fetch_all(&mut *connection).await? {
            let found = read(&row)?;
            changed.insert(found.id, found);
        }
    }
    for one in notified {
        // How far the log was looked through is told to nobody.
        if matches!(one.event, Event::NotificationsFollowed(_)) {
            continue;
        }
        let known = changed.entry(one.id).or_insert_with(|| Notification {
            id: one.id,
            position: one.position,
            state: State::default(),
        });
        known.state.evolve(&one.event);
    }
    let changed: Vec<Notification> = changed.into_values().collect();
    for chunk in codec::chunks(&changed) {
        rows(connection, chunk).await?;
        told(connection, chunk).await?;
        deliveries(connection, chunk).await?;
    }
    let concerned = |one: Notification| {
        let no = one.state.about.case_no;
        one.state.told.into_iter().map(move |recipient| (no.clone(), recipient.told.unit))
    };
    Ok(changed.into_iter().flat_map(concerned).collect())
}

async fn rows(connection: &mut SqliteConnection, changed: &[Notification]) -> Result<(), ViewsError> {
    let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO notifications (id, case_id, position, state) ");
    query.push_values(changed, |mut values, one| {
        values
            .push_bind(one.id)
            .push_bind(one.state.case.0)
            .push_bind(codec::signed(one.position))
            .push_bind(serde_json::to_string(&one.state).unwrap_or_default());
    });
    query.push(" ON CONFLICT (id) DO UPDATE SET state = excluded.state");
    query.build().execute(connection).await?;
    Ok(())
}

async fn told(connection: &mut SqliteConnection, changed: &[Notification]) -> Result<(), ViewsError> {
    let told: Vec<_> = changed
        .iter()
        .flat_map(|one| one.state.told.iter().zip(0_i64..).map(move |told| (one, told)))
        .collect();
    for chunk in codec::chunks(&told) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO told (id, place, unit, role, account, at, unread, withdrawn) ",
        );
        query.push_values(chunk, |mut values, (one, (recipient, place))| {
            let told = &recipient.told;
            values
                .push_bind(one.id)
                .push_bind(*place)
                .push_bind(told.unit.0.as_str())
                .push_bind(told.post.role().unwrap_or_default())
                .push_bind(told.account.as_deref().unwrap_or_default())
                .push_bind(codec::micros(told.at))
                .push_bind(recipient.read_by.is_none() && !recipient.withdrawn)
                .push_bind(recipient.withdrawn);
        });
        query.push(
            " ON CONFLICT (id, place) DO UPDATE SET unread = excluded.unread, withdrawn = excluded.withdrawn",
        );
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Only what waits or is parked: what has gone is in the log.
async fn deliveries(connection: &mut SqliteConnection, changed: &[Notification]) -> Result<(), ViewsError> {
    let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM deliveries WHERE id IN (");
    let mut places = query.separated(", ");
    for one in changed {
        places.push_bind(one.id);
    }
    query.push(")");
    query.build().execute(&mut *connection).await?;
    let left: Vec<_> =
        changed.iter().flat_map(|one| one.state.deliveries.iter().map(move |out| (one, out))).collect();
    let left: Vec<_> = left
        .into_iter()
        .filter_map(|(one, out)| match out.progress {
            Progress::Waiting(at) => Some((one, out, codec::micros(at), false)),
            Progress::Parked => Some((one, out, i64::MAX, true)),
            Progress::Sent | Progress::Withdrawn => None,
        })
        .collect();
    for chunk in codec::chunks(&left) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO deliveries (id, number, channel, urgency, send_at, parked) ",
        );
        query.push_values(chunk, |mut values, (one, out, send_at, parked)| {
            values
                .push_bind(one.id)
                .push_bind(i64::from(out.number))
                .push_bind(out.channel.as_str())
                .push_bind(one.state.urgency as i64)
                .push_bind(*send_at)
                .push_bind(*parked);
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Notification, ViewsError> {
    let id: Uuid = row.try_get("id")?;
    let text: String = row.try_get("state")?;
    let state =
        serde_json::from_str(&text).map_err(|_| ViewsError::Unreadable(format!("notification {id}")))?;
    Ok(Notification { id, position: codec::unsigned(row.try_get("position")?), state })
}

/// What is for this account.
fn for_whom(query: &mut QueryBuilder<'static, Sqlite>, who: &Who) {
    query.push("withdrawn = 0 AND ((unit = ").push_bind(who.unit.0.clone());
    query.push(" AND (role = '' OR role = ").push_bind(who.role.clone());
    query.push(")) OR (account <> '' AND account = ").push_bind(who.account.clone()).push("))");
}

impl Views {
    /// What an account has been told, the latest first; told before an instant, where one is given.
    ///
    /// # Errors
    /// The store failed.
    pub async fn notifications(
        &self,
        who: &Who,
        unread: bool,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Notification>, ViewsError> {
        let mut query = QueryBuilder::new(
            "SELECT id, position, state FROM notifications JOIN (SELECT id, max(at) AS at FROM told WHERE ",
        );
        for_whom(&mut query, who);
        if unread {
            query.push(" AND unread = 1");
        }
        if let Some(before) = before {
            query.push(" AND at < ").push_bind(codec::micros(before));
        }
        query.push(" GROUP BY id ORDER BY at DESC, id LIMIT ").push_bind(i64::from(limit.clamp(1, MOST)));
        query.push(") AS mine USING (id) ORDER BY mine.at DESC, id");
        self.found(query).await
    }

    /// How much of it nobody has read; [`COUNT_MAX`], or more.
    ///
    /// # Errors
    /// The store failed.
    pub async fn notifications_unread(&self, who: &Who) -> Result<u64, ViewsError> {
        let mut query =
            QueryBuilder::new("SELECT count(*) FROM (SELECT DISTINCT id FROM told WHERE unread = 1 AND ");
        for_whom(&mut query, who);
        query.push(" LIMIT ").push_bind(codec::signed(COUNT_MAX)).push(")");
        Ok(codec::unsigned(query.build_query_scalar().fetch_one(&mut *self.reader().await?).await?))
    }

    /// One of them.
    ///
    /// # Errors
    /// The store failed.
    pub async fn notification(&self, id: Uuid) -> Result<Option<Notification>, ViewsError> {
        let mut query = QueryBuilder::new("SELECT id, position, state FROM notifications WHERE id = ");
        query.push_bind(id);
        Ok(self.found(query).await?.pop())
    }

    /// All that tell of a case, in order.
    ///
    /// # Errors
    /// The store failed.
    pub async fn notifications_of(&self, case: CaseId) -> Result<Vec<Notification>, ViewsError> {
        let mut query = QueryBuilder::new("SELECT id, position, state FROM notifications WHERE case_id = ");
        query.push_bind(case.0).push(" ORDER BY position LIMIT ").push_bind(i64::from(MOST));
        self.found(query).await
    }

    /// What is to go out by a channel at this time: emergencies first, then what has waited longest.
    ///
    /// # Errors
    /// The store failed.
    pub async fn deliveries_due(
        &self,
        channel: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Outgoing>, ViewsError> {
        let mut query = outgoing("parked = 0 AND channel = ");
        query.push_bind(channel.to_owned()).push(" AND send_at <= ").push_bind(codec::micros(now));
        query.push(" ORDER BY (urgency = ").push_bind(Urgency::Emergency as i64);
        query.push(") DESC, send_at, position, number LIMIT ").push_bind(i64::from(limit.clamp(1, MOST)));
        self.outgoing(query).await
    }

    /// Channels by which anything waits to go out.
    ///
    /// # Errors
    /// The store failed.
    pub async fn delivery_channels(&self) -> Result<Vec<String>, ViewsError> {
        let channels = sqlx::query_scalar("SELECT DISTINCT channel FROM deliveries WHERE parked = 0");
        Ok(channels.fetch_all(&mut *self.reader().await?).await?)
    }

    /// What is not tried any more, the latest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn deliveries_parked(&self, limit: u32) -> Result<Vec<Outgoing>, ViewsError> {
        let mut query = outgoing("parked = 1");
        query.push(" ORDER BY position DESC, number LIMIT ").push_bind(i64::from(limit.clamp(1, MOST)));
        self.outgoing(query).await
    }

    /// How many messages wait to go out, and how many are parked.
    ///
    /// # Errors
    /// The store failed.
    pub async fn deliveries_count(&self) -> Result<(u64, u64), ViewsError> {
        let counted: (i64, i64) = sqlx::query_as(
            "SELECT coalesce(sum(parked = 0), 0), coalesce(sum(parked = 1), 0) FROM deliveries",
        )
        .fetch_one(&mut *self.reader().await?)
        .await?;
        Ok((codec::unsigned(counted.0), codec::unsigned(counted.1)))
    }

    async fn found(&self, mut query: QueryBuilder<'static, Sqlite>) -> Result<Vec<Notification>, ViewsError> {
        query.build().fetch_all(&mut *self.reader().await?).await?.iter().map(read).collect()
    }

    async fn outgoing(&self, mut query: QueryBuilder<'static, Sqlite>) -> Result<Vec<Outgoing>, ViewsError> {
        let rows = query.build().fetch_all(&mut *self.reader().await?).await?;
        let one = |row: &SqliteRow| {
            let number: i64 = row.try_get("number")?;
            Ok(Outgoing { notification: read(row)?, number: u32::try_from(number).unwrap_or(0) })
        };
        rows.iter().map(one).collect()
    }
}

fn outgoing(condition: &'static str) -> QueryBuilder<'static, Sqlite> {
    let mut query = QueryBuilder::new(
        "SELECT id, position, state, number FROM deliveries JOIN notifications USING (id) WHERE ",
    );
    query.push(condition);
    query
}
