//! Sends what is to go out: bounded, one channel apart from the other, and every outcome an event.
//!
//! A message is at least once: whoever dies between a receiver's answer and its event sends it again, under the
//! same id. Nothing is started on views that do not know yet what this node has written.

use std::collections::{BTreeMap, HashMap};

use domain::context::Actor;
use domain::notify::{Command, Told, Urgency, message};
use engine::lease::Lease;
use engine::{Engine, Request, SubmitError};
use projections::{Outgoing, Views};
use tokio::task::JoinSet;
use tracing::error;
use uuid::Uuid;

use super::NotifyError;
use super::channel::{Channels, Outbound, OutboundItem, SendError};

/// Messages that a step looks at of one channel, at least: so many may go out together in a digest.
const TOGETHER: usize = 200;

/// A delivery: its notification and its number.
type Key = (Uuid, u32);

/// One message on its way, with every delivery that it makes.
struct Parcel {
    channel: String,
    /// With which try each is.
    deliveries: Vec<(Key, u32)>,
    digest: Option<Uuid>,
    outcome: Result<String, SendError>,
}

/// Where a delivery is that was started here.
enum Started {
    Flying,
    /// Its outcome is in the log; until the views have it, it must not be started again.
    Written(u64),
}

/// Sends; on one node at a time.
pub struct Sender {
    engine: Engine,
    views: Views,
    channels: Channels,
    lease: Lease,
    epoch: Option<u64>,
    /// Views that are not as far know too little.
    since: u64,
    started: HashMap<Key, Started>,
    busy: BTreeMap<String, usize>,
    flying: JoinSet<Parcel>,
    /// Outcomes that are not in the log yet.
    landed: Vec<Parcel>,
}

impl Sender {
    /// A sender of this house, under a lease of this process.
    pub fn new(engine: Engine, views: Views, channels: Channels) -> Self {
        let lease = Lease::new(engine.store().clone(), "deliveries");
        let (started, busy) = Default::default();
        let (flying, landed) = (JoinSet::new(), Vec::new());
        Self { engine, views, channels, lease, epoch: None, since: 0, started, busy, flying, landed }
    }

    /// Notes what is on its way, and lets another node go on.
    pub async fn release(&mut self) {
        while let Some(landed) = self.flying.join_next().await {
            self.landed.extend(landed.ok());
        }
        if let Err(error) = self.note().await {
            error!(%error, "what was sent could not be noted; it will be sent again, under its id");
        }
        self.epoch = None;
        self.lease.release().await;
    }

    /// Whether anything is on its way.
    pub fn is_busy(&self) -> bool {
        !self.flying.is_empty() || !self.landed.is_empty()
    }

    /// Waits until something on its way has landed; at once where nothing is.
    pub async fn landed(&mut self) {
        if let Some(landed) = self.flying.join_next().await {
            self.landed.extend(landed.ok());
        }
    }

    /// Notes what has landed and starts what is due; how much of both.
    ///
    /// # Errors
    /// See [`NotifyError`].
    pub async fn step(&mut self) -> Result<usize, NotifyError> {
        while let Some(landed) = self.flying.try_join_next() {
            self.landed.extend(landed.ok());
        }
        let landed = self.note().await?;
        let held = self.lease.held().await?;
        if held.is_none() {
            self.epoch = None;
            return Ok(landed);
        }
        if held != self.epoch {
            // What another node has sent must be in our views first.
            self.since = self.engine.store().head().await?.position;
            self.epoch = held;
        }
        let seen = self.views.checkpoint().await?.position;
        self.started.retain(|_, started| !matches!(started, Started::Written(at) if *at <= seen));
        if seen < self.since {
            return Ok(landed);
        }
        let mut begun = 0;
        for channel in self.views.delivery_channels().await? {
            begun += self.begin(&channel).await?;
        }
        Ok(landed + begun)
    }

    /// Starts what is due by one channel, as far as that has room.
    async fn begin(&mut self, channel: &str) -> Result<usize, NotifyError> {
        let room = self.channels.at_once.saturating_sub(self.busy.get(channel).copied().unwrap_or(0));
        if room == 0 {
            return Ok(0);
        }
        let known = self.started.len() + room;
        let limit = u32::try_from(known.max(TOGETHER)).unwrap_or(u32::MAX);
        let due = self.views.deliveries_due(channel, self.engine.now(), limit).await?;
        let fresh = due.into_iter().filter(|one| !self.started.contains_key(&key(one)));
        let mut begun = 0;
        for parcel in parcels(fresh.collect()).into_iter().take(room) {
            self.start(channel, &parcel);
            begun += 1;
        }
        Ok(begun)
    }

    fn start(&mut self, channel: &str, parcel: &[Outgoing]) {
        let Some(first) = parcel.first() else { return };
        let digest = is_digest(first).then(|| {
            let members: Vec<String> = parcel.iter().map(|one| id(&key(one))).collect();
            Uuid::new_v5(&Uuid::nil(), members.join(" ").as_bytes())
        });
        let (outbound, found) = (self.outbound(channel, parcel, digest), self.channels.get(channel).cloned());
        let deliveries = parcel.iter().map(|one| {
            let attempt = one.delivery().map_or(0, |delivery| delivery.attempt);
            (key(one), attempt + 1)
        });
        let deliveries: Vec<(Key, u32)> = deliveries.collect();
        self.started.extend(deliveries.iter().map(|(key, _)| (*key, Started::Flying)));
        *self.busy.entry(channel.to_owned()).or_default() += 1;
        let (channel, timeout) = (channel.to_owned(), self.channels.timeout);
        self.flying.spawn(async move {
            let outcome = match found {
                None => Err(SendError::lasting("no such channel is configured")),
                // Whatever the channel does: nobody waits longer.
                Some(way) => match tokio::time::timeout(timeout, way.send(&outbound)).await {
                    Ok(outcome) => outcome,
                    Err(_) => Err(SendError::passing("timed out")),
                },
            };
            Parcel { channel, deliveries, digest, outcome }
        });
    }

    /// What goes out: the words of its template, or of all of a digest.
    fn outbound(&self, channel: &str, parcel: &[Outgoing], digest: Option<Uuid>) -> Outbound {
        let rules = self.engine.rules();
        let roster = &rules.policy.roster;
        let told = parcel.first().and_then(told);
        let person = told.and_then(|told| roster.person(told.person.as_deref()?));
        let english = person.is_some_and(|person| person.english);
        let own = person.and_then(|person| person.to.get(channel));
        let of_unit = told.and_then(|told| roster.of_unit(&told.unit).find(|(name, _)| *name == channel));
        let to = own.or(of_unit.map(|(_, address)| address)).cloned().unwrap_or_default();
        let said = parcel.iter().map(|one| {
            let state = &one.notification.state;
            let link = format!("{}/cases/{}", self.channels.base_url, state.about.case_no);
            (message(&state.template, (&state.event, &state.about), &rules, &link, english), item(one, link))
        });
        let (said, items): (Vec<_>, Vec<_>) = said.unzip();
        let first = parcel.first().map(|one| id(&key(one))).unwrap_or_default();
        let (title, body) = match (digest, said.as_slice()) {
            (None, [one, ..]) => (one.title.clone(), one.body.clone()),
            (_, all) => {
                let lines: Vec<String> = all.iter().map(|one| format!("· {}", one.body)).collect();
                let title = if english { "notifications" } else { "条通知" };
                (format!("{} {title}", all.len()), lines.join("\n"))
            }
        };
        let emergency = parcel.iter().any(|one| one.notification.state.urgency == Urgency::Emergency);
        let urgency = parcel.first().map_or(Urgency::Normal, |one| one.notification.state.urgency);
        let urgency = if emergency { Urgency::Emergency } else { urgency }.as_str();
        let id = digest.map_or(first, |digest| format!("digest/{digest}"));
        Outbound { id, at: self.engine.now(), title, body, to, urgency, items }
    }

    /// Writes what has landed into the log; what cannot be written yet is kept.
    async fn note(&mut self) -> Result<usize, NotifyError> {
        if self.landed.is_empty() {
            return Ok(0);
        }
        let requests: Vec<(Key, Request)> = self.landed.iter().flat_map(requests).collect();
        let (keys, requests): (Vec<Key>, Vec<Request>) = requests.into_iter().unzip();
        let mut written = Vec::with_capacity(keys.len());
        for (key, outcome) in keys.into_iter().zip(self.engine.submit_many(requests).await) {
            match outcome {
                Ok(accepted) => {
                    written.push((key, accepted.receipt.map_or(0, |receipt| receipt.last_position)));
                }
                Err(error @ (SubmitError::Rejected(_) | SubmitError::Newer(_))) => {
                    error!(%error, "the outcome of a message could not be noted");
                    written.push((key, 0));
                }
                // All of them once more: their ids say what is there already.
                Err(error) => return Err(error.into()),
            }
        }
        self.started.extend(written.into_iter().map(|(key, at)| (key, Started::Written(at))));
        let landed = self.landed.len();
        for parcel in std::mem::take(&mut self.landed) {
            if let Some(busy) = self.busy.get_mut(&parcel.channel) {
                *busy = busy.saturating_sub(1);
            }
        }
        Ok(landed)
    }
}

fn key(one: &Outgoing) -> Key {
    (one.notification.id, one.number)
}

/// What receivers know a delivery by.
fn id((notification, number): &Key) -> String {
    format!("{notification}/{number}")
}

fn told(one: &Outgoing) -> Option<&Told> {
    let to = usize::try_from(one.delivery()?.to).ok()?;
    one.notification.state.told.get(to).map(|recipient| &recipient.told)
}

fn is_digest(one: &Outgoing) -> bool {
    told(one).is_some_and(|told| told.digest)
}

/// What goes out alone, and what together: what waits for a digest, for the same person of the same unit.
fn parcels(due: Vec<Outgoing>) -> Vec<Vec<Outgoing>> {
    let mut parcels: Vec<Vec<Outgoing>> = Vec::new();
    let mut digests: HashMap<(String, Option<String>), usize> = HashMap::new();
    for one in due {
        let Some(told) = told(&one).filter(|told| told.digest) else {
            parcels.push(vec![one]);
            continue;
        };
        let place = *digests.entry((told.unit.to_string(), told.person.clone())).or_insert_with(|| {
            parcels.push(Vec::new());
            parcels.len() - 1
        });
        parcels[place].push(one);
    }
    parcels
}

fn item(one: &Outgoing, link: String) -> OutboundItem {
    let state = &one.notification.state;
    OutboundItem {
        id: id(&key(one)),
        case_no: state.about.case_no.clone(),
        event: state.event.clone(),
        item: state.about.item.as_ref().map(ToString::to_string),
        unit: told(one).map(|told| told.unit.to_string()).unwrap_or_default(),
        post: told(one).map_or("", |told| told.post.as_str()),
        due_at: state.about.due_at,
        link,
    }
}

/// What the log is told of a parcel. The ids are made of what happened: told twice, it is told once.
fn requests(parcel: &Parcel) -> Vec<(Key, Request)> {
    let one = |(key, attempt): &(Key, u32)| {
        let ((id, delivery), attempt) = (*key, *attempt);
        let command = match &parcel.outcome {
            Ok(answer) => Command::Sent { delivery, attempt, answer: answer.clone(), digest: parcel.digest },
            Err(error) => {
                let (reason, lasting) = (error.reason.clone(), error.lasting);
                Command::Fail { delivery, attempt, reason, lasting }
            }
        };
        let what = format!("outcome {}", Uuid::now_v7());
        (*key, Request::notification(id, command, &what, Actor::system("notify")))
    };
    parcel.deliveries.iter().map(one).collect()
}
