//! What becomes of a notification: raised once, passed on while nobody answers, tried again, read.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::{
    About, Event, Later, NotificationEscalated, NotificationFailed, NotificationParked, NotificationRaised,
    NotificationRead, NotificationReplayed, NotificationSent, NotificationSettled, NotificationWithdrawn,
    NotificationsFollowed,
};
use super::matter::{Matter, Standing};
use super::recipient::resolve;
use super::state::{Progress, State, Who};
use super::words::{Post, Urgency};
use crate::calendar::Budget;
use crate::case::Rejection;
use crate::case::clocks::{self, Deadline};
use crate::context::Context;
use crate::ids::{CaseId, UnitId};

/// Whom to tell of an event, and what: made of the event and the rules alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Position of the event.
    pub cause: u64,
    /// Its name.
    pub event: String,
    /// The case.
    pub case: CaseId,
    /// What it says.
    pub template: String,
    /// How urgent.
    pub urgency: Urgency,
    /// What counts as an answer.
    pub matter: Matter,
    /// What the message may say.
    pub about: About,
    /// Of which unit.
    pub unit: UnitId,
    /// Who of it first.
    pub first: Post,
    /// Who next, so long after it was raised.
    pub then: Vec<(Post, Budget)>,
    /// Units that the case does not exist for.
    pub barred: Vec<UnitId>,
}

impl Notice {
    /// The notification's id: the same event, unit, post and template are the same notification, for ever.
    pub fn id(&self) -> Uuid {
        let text = format!("notify {}/{}/{}/{}", self.cause, self.unit, self.first.as_str(), self.template);
        Uuid::new_v5(&self.case.0, text.as_bytes())
    }
}

/// What can be asked of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Command {
    /// Tell somebody.
    Raise(Box<Notice>),
    /// Its next step is due.
    PassDeadline {
        /// Which.
        deadline: Deadline,
        /// What the case says to it.
        standing: Standing,
    },
    /// A receiver took it.
    Sent {
        /// Number of the delivery.
        delivery: u32,
        /// Which try it was.
        attempt: u32,
        /// What the receiver said.
        answer: String,
        /// The digest that it went out with.
        digest: Option<Uuid>,
    },
    /// It did not arrive, as far as we know.
    Fail {
        /// Number of the delivery.
        delivery: u32,
        /// Which try it was.
        attempt: u32,
        /// What went wrong.
        reason: String,
        /// To try again is of no use.
        lasting: bool,
    },
    /// 重发: what was parked is tried again.
    Replay {
        /// Which deliveries; none: all that are parked.
        deliveries: Vec<u32>,
    },
    /// 已读
    Read {
        /// Whose.
        who: Who,
    },
    /// 撤回: these units are kept from the case from now on.
    Withdraw {
        /// They, and all under them.
        barred: Vec<UnitId>,
    },
    /// The log was looked through up to here.
    Follow {
        /// Position.
        through: u64,
    },
}

impl State {
    /// Judges a command. No events means: already so, or nothing of the kind.
    ///
    /// # Errors
    /// The calendar cannot count so far.
    pub fn decide(&self, command: &Command, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
        Ok(match command {
            Command::Raise(notice) => return self.raised(notice, context),
            Command::PassDeadline { deadline, standing } => self.pass(deadline, standing, context),
            Command::Sent { delivery, attempt, answer, digest } => self
                .waiting(*delivery)
                .map(|channel| {
                    let (delivery, attempt, answer) = (*delivery, *attempt, answer.clone());
                    let sent = NotificationSent { delivery, channel, attempt, answer, digest: *digest };
                    Event::NotificationSent(sent)
                })
                .into_iter()
                .collect(),
            Command::Fail { delivery, attempt, reason, lasting } => {
                self.failed(*delivery, *attempt, reason, *lasting, context).into_iter().collect()
            }
            Command::Replay { deliveries } => self.replayed(deliveries, context).into_iter().collect(),
            Command::Read { who } => self.read(who, context).into_iter().collect(),
            Command::Withdraw { barred } => self.withdrawn(barred, context).into_iter().collect(),
            Command::Follow { through } if self.through.is_some_and(|before| *through <= before) => {
                Vec::new()
            }
            Command::Follow { through } => {
                vec![Event::NotificationsFollowed(NotificationsFollowed { through: *through })]
            }
        })
    }

    fn raised(&self, notice: &Notice, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
        if self.exists() {
            return Ok(Vec::new());
        }
        let (now, rules) = (context.now, context.rules);
        let mut later = Vec::new();
        for (post, after) in &notice.then {
            if let Some(due) = clocks::due(rules, now, Some(after))? {
                later.push(Later { post: *post, at: due.due_at });
            }
        }
        let told = |post| resolve(post, &notice.unit, notice.urgency, (now, rules), &notice.barred);
        let Some(told) = told(notice.first) else { return Ok(Vec::new()) };
        Ok(vec![Event::NotificationRaised(Box::new(NotificationRaised {
            cause: notice.cause,
            event: notice.event.clone(),
            case: notice.case,
            template: notice.template.clone(),
            urgency: notice.urgency,
            matter: notice.matter,
            about: notice.about.clone(),
            unit: notice.unit.clone(),
            told,
            later,
        }))])
    }

    /// The next who may be told is told; where nobody waits any more, nobody is.
    fn pass(&self, deadline: &Deadline, standing: &Standing, context: &Context<'_>) -> Vec<Event> {
        if self.next_deadline().as_ref() != Some(deadline) || context.now < deadline.due_at {
            return Vec::new();
        }
        let settled = || vec![Event::NotificationSettled(NotificationSettled { due_at: deadline.due_at })];
        if !standing.waits {
            return settled();
        }
        let at = (context.now, context.rules);
        let next = self.later.iter().find_map(|later| {
            let told = resolve(later.post, &self.unit, self.urgency, at, &standing.barred)?;
            // A unit above may have nobody else: it is not told the same twice.
            let known =
                self.told.iter().any(|one| (&one.told.unit, &one.told.person) == (&told.unit, &told.person));
            (!known).then_some(told)
        });
        match next {
            Some(told) => {
                vec![Event::NotificationEscalated(NotificationEscalated { due_at: deadline.due_at, told })]
            }
            None => settled(),
        }
    }

    /// The channel of a delivery that is still to be made.
    fn waiting(&self, number: u32) -> Option<String> {
        let delivery = self.delivery(number)?;
        matches!(delivery.progress, Progress::Waiting(_)).then(|| delivery.channel.clone())
    }

    fn failed(
        &self,
        delivery: u32,
        attempt: u32,
        reason: &str,
        lasting: bool,
        context: &Context<'_>,
    ) -> Option<Event> {
        // Noted already, by whoever could not know whether it was.
        self.delivery(delivery).filter(|known| known.attempt < attempt)?;
        let channel = self.waiting(delivery)?;
        let reason = reason.to_owned();
        let wait = context.rules.policy.notify.retry_after(attempt).filter(|_| !lasting);
        Some(match wait.and_then(|wait| context.now.checked_add(wait).ok()) {
            Some(retry_at) => {
                let failed = NotificationFailed { delivery, channel, attempt, reason, retry_at };
                Event::NotificationFailed(failed)
            }
            None => Event::NotificationParked(NotificationParked { delivery, channel, attempt, reason }),
        })
    }

    fn replayed(&self, asked: &[u32], context: &Context<'_>) -> Option<Event> {
        let parked = self.deliveries.iter().filter(|delivery| delivery.progress == Progress::Parked);
        let parked = parked.map(|delivery| delivery.number);
        let deliveries: Vec<u32> =
            parked.filter(|number| asked.is_empty() || asked.contains(number)).collect();
        let by = context.actor.id.clone();
        (!deliveries.is_empty())
            .then_some(Event::NotificationReplayed(NotificationReplayed { deliveries, by }))
    }

    fn read(&self, who: &Who, context: &Context<'_>) -> Option<Event> {
        let unread = |one: &super::Recipient| one.read_by.is_none() && one.is_for(who);
        let told = self.places(unread);
        let by = context.actor.id.clone();
        (!told.is_empty()).then_some(Event::NotificationRead(NotificationRead { told, by }))
    }

    fn withdrawn(&self, barred: &[UnitId], context: &Context<'_>) -> Option<Event> {
        let org = &context.rules.org;
        let kept_away = |unit: &UnitId| barred.iter().any(|one| one == unit || org.is_within(unit, one));
        let told = self.places(|one| !one.withdrawn && kept_away(&one.told.unit));
        (!told.is_empty()).then_some(Event::NotificationWithdrawn(NotificationWithdrawn { told }))
    }

    fn places(&self, which: impl Fn(&super::Recipient) -> bool) -> Vec<u32> {
        (0_u32..).zip(&self.told).filter(|(_, one)| which(one)).map(|(place, _)| place).collect()
    }
}

#[cfg(test)]
mod specs {
    use jiff::Timestamp;

    use super::*;
    use crate::context::Actor;
    use crate::context::Rulebook;

    const NIGHT: &str = "2026-02-17T03:00:00+08:00";

    fn rules() -> Rulebook {
        let rules = crate::sample::rulebook().unwrap();
        let roster = "[person.a]\nname = \"甲\"\naccount = \"jia\"\nto = { mail = \"a@b.test\", robot = \"\" }\n\
                      [person.b]\nname = \"乙\"\n[[duty]]\nunit = \"D-ranqi\"\nduty = \"a\"\ndeputy = \"b\"\n";
        let mut rules = rules;
        rules.policy.roster = crate::policy::Roster::parse("roster.toml", roster).unwrap();
        rules
    }

    fn notice(urgency: Urgency) -> Notice {
        let budget = |word| Budget::parse(word).unwrap();
        Notice {
            cause: 7,
            event: "WhistleSounded".into(),
            case: CaseId(Uuid::from_u128(1)),
            template: "emergency".into(),
            urgency,
            matter: Matter::Leg(1),
            about: About { case_no: "20260217-1".into(), ..About::default() },
            unit: UnitId::new("D-ranqi"),
            first: Post::Duty,
            then: vec![(Post::Deputy, budget("5min")), (Post::Superior, budget("10min"))],
            barred: Vec::new(),
        }
    }

    /// The state, and a clock.
    struct Played(State, Rulebook, Timestamp);

    impl Played {
        fn raised(urgency: Urgency) -> Self {
            let mut played = Self(State::default(), rules(), NIGHT.parse().unwrap());
            assert_eq!(played.told(&Command::Raise(Box::new(notice(urgency)))), ["NotificationRaised"]);
            played
        }

        fn told(&mut self, command: &Command) -> Vec<&'static str> {
            let actor = Actor::person("admin", "320506");
            let Self(state, rules, now) = self;
            let context = Context { now: *now, occurred_at: *now, actor: &actor, rules };
            let events = state.decide(command, &context).unwrap();
            events.iter().for_each(|event| state.evolve(event));
            events.iter().map(Event::name).collect()
        }

        /// Passes what is due next.
        fn next(&mut self, waits: bool, barred: &[&str]) -> Vec<&'static str> {
            let deadline = self.0.next_deadline().expect("something is due");
            self.2 = deadline.due_at;
            let barred = barred.iter().map(|unit| UnitId::new(*unit)).collect();
            self.told(&Command::PassDeadline { deadline, standing: Standing { waits, barred } })
        }

        fn fail(&mut self, attempt: u32) -> Vec<&'static str> {
            self.told(&Command::Fail { delivery: 1, attempt, reason: "HTTP 500".into(), lasting: false })
        }
    }

    #[test]
    fn an_emergency_goes_out_at_night_and_all_else_in_the_morning() {
        let emergency = Played::raised(Urgency::Emergency);
        assert_eq!(emergency.0.told[0].told.send_at, None);
        let normal = Played::raised(Urgency::Normal);
        let told = &normal.0.told[0].told;
        assert_eq!(told.send_at, Some("2026-02-17T07:30:00+08:00".parse().unwrap()));
        assert_eq!((told.name.as_str(), told.channels.join(" ")), ("甲", "mail robot".to_owned()));
    }

    #[test]
    fn raised_twice_it_is_raised_once() {
        let mut played = Played::raised(Urgency::Emergency);
        assert_eq!(played.told(&Command::Raise(Box::new(notice(Urgency::Emergency)))), [""; 0]);
        let mut other = notice(Urgency::Emergency);
        other.cause = 8;
        assert_ne!(other.id(), notice(Urgency::Emergency).id());
    }

    #[test]
    fn while_nobody_answers_the_deputy_and_then_whoever_is_on_duty_above_is_told() {
        let mut played = Played::raised(Urgency::Emergency);
        assert_eq!(played.next(true, &[]), ["NotificationEscalated"]);
        assert_eq!(played.2, "2026-02-17T03:05:00+08:00".parse().unwrap());
        assert_eq!(played.next(true, &[]), ["NotificationEscalated"]);
        let last = &played.0.told[2].told;
        assert_eq!((last.unit.as_str(), last.post), ("320506", Post::Superior));
        assert_eq!(played.0.next_deadline(), None);
    }

    #[test]
    fn an_answer_ends_it_and_a_unit_that_is_kept_away_is_passed_over() {
        let mut played = Played::raised(Urgency::Emergency);
        assert_eq!(played.next(false, &[]), ["NotificationSettled"]);
        assert_eq!(played.0.next_deadline(), None);
        let mut played = Played::raised(Urgency::Emergency);
        assert_eq!(played.next(true, &["D-ranqi"]), ["NotificationEscalated"]);
        assert_eq!(played.0.told[1].told.unit.as_str(), "320506");
    }

    #[test]
    fn a_message_is_tried_again_later_and_later_then_parked_and_sent_again_when_a_person_says_so() {
        let mut played = Played::raised(Urgency::Emergency);
        for attempt in 1..=6 {
            assert_eq!(played.fail(attempt), ["NotificationFailed"], "{attempt}");
            assert_eq!(played.fail(attempt), [""; 0], "noted once");
        }
        assert_eq!(played.fail(7), ["NotificationParked"]);
        assert_eq!(played.fail(8), [""; 0], "it is not on its way");
        assert_eq!(played.told(&Command::Replay { deliveries: Vec::new() }), ["NotificationReplayed"]);
        assert_eq!(played.told(&Command::Replay { deliveries: Vec::new() }), [""; 0]);
        let sent = Command::Sent { delivery: 1, attempt: 1, answer: "200".into(), digest: None };
        assert_eq!(played.told(&sent), ["NotificationSent"]);
        assert_eq!(played.told(&sent), [""; 0], "told once");
        assert_eq!(played.0.delivery(2).unwrap().progress, Progress::Waiting(played.2));
    }

    #[test]
    fn who_was_told_reads_it_and_nobody_else() {
        let mut played = Played::raised(Urgency::Emergency);
        let who = |account: &str, unit: &str| Command::Read {
            who: Who { account: account.into(), unit: UnitId::new(unit), role: "handler".into() },
        };
        assert_eq!(played.told(&who("x", "D-gongan")), [""; 0]);
        assert_eq!(played.told(&who("jia", "D-gongan")), ["NotificationRead"], "named by the roster");
        assert_eq!(played.told(&who("x", "D-ranqi")), [""; 0], "read already");
    }

    #[test]
    fn what_is_withdrawn_is_seen_and_sent_no_more() {
        let mut played = Played::raised(Urgency::Emergency);
        let barred = vec![UnitId::new("D-ranqi")];
        assert_eq!(played.told(&Command::Withdraw { barred: barred.clone() }), ["NotificationWithdrawn"]);
        assert_eq!(played.told(&Command::Withdraw { barred }), [""; 0]);
        assert_eq!(played.0.next_deadline(), None);
        assert!(played.0.deliveries.iter().all(|one| one.progress == Progress::Withdrawn));
    }
}
