//! How a case fares: what its people do, one step after the other, and after how long.

use domain::calendar::Budget;
use domain::case::Command;
use domain::case::event::{CloseMode, Said, Satisfaction};
use domain::context::Actor;
use domain::ids::{CaseId, UnitId};
use domain::sealed::Sealed;
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand::rngs::StdRng;

/// What somebody does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    Sign,
    Contact,
    Extend,
    Suspend,
    Resume,
    Result,
    Fail,
    Pass,
    Solved,
    Unsolved,
    Reopen,
    Explain,
}

/// A case in somebody's hands.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub case: CaseId,
    pub lead: UnitId,
    /// Worked on at night too.
    pub urgent: bool,
    moves: &'static [(Move, u32, u32)],
    next: usize,
}

/// Each with the least and the most minutes before it.
type Moves = &'static [(Move, u32, u32)];

const PROMPT: Moves = &[
    (Move::Sign, 5, 80),
    (Move::Contact, 10, 60),
    (Move::Result, 20, 150),
    (Move::Pass, 60, 900),
    (Move::Solved, 60, 1_200),
];
const LATE: Moves = &[
    (Move::Sign, 60, 1_000),
    (Move::Result, 1_500, 14_000),
    (Move::Pass, 60, 5_000),
    (Move::Solved, 60, 6_000),
];
const FORGOTTEN: Moves = &[];
const SIGNED_ONLY: Moves = &[(Move::Sign, 5, 300)];
const REWORKED: Moves = &[
    (Move::Sign, 5, 80),
    (Move::Contact, 10, 60),
    (Move::Result, 20, 150),
    (Move::Fail, 30, 600),
    (Move::Result, 60, 900),
    (Move::Pass, 30, 600),
    (Move::Solved, 60, 1_200),
];
const REOPENED: Moves = &[
    (Move::Sign, 5, 80),
    (Move::Result, 20, 150),
    (Move::Pass, 30, 600),
    (Move::Unsolved, 60, 1_200),
    (Move::Reopen, 30, 600),
    (Move::Contact, 30, 300),
    (Move::Result, 60, 2_000),
    (Move::Pass, 30, 600),
    (Move::Solved, 60, 1_200),
];
const EXPLAINED: Moves = &[
    (Move::Sign, 5, 80),
    (Move::Contact, 10, 60),
    (Move::Result, 60, 600),
    (Move::Pass, 30, 600),
    (Move::Unsolved, 60, 1_200),
    (Move::Explain, 60, 600),
];
const EXTENDED: Moves = &[
    (Move::Sign, 5, 80),
    (Move::Extend, 10, 60),
    (Move::Result, 300, 6_000),
    (Move::Pass, 60, 900),
    (Move::Solved, 60, 1_200),
];
const SUSPENDED: Moves = &[
    (Move::Sign, 5, 80),
    (Move::Suspend, 10, 60),
    (Move::Resume, 3_000, 12_000),
    (Move::Result, 60, 900),
    (Move::Pass, 60, 900),
    (Move::Solved, 60, 1_200),
];

impl Life {
    /// A case whose fate is drawn.
    pub fn draw(case: CaseId, lead: UnitId, urgent: bool, rng: &mut StdRng) -> Self {
        let moves = match rng.random_range(0..100) {
            0..62 => PROMPT,
            62..72 => LATE,
            72..78 => FORGOTTEN,
            78..81 => SIGNED_ONLY,
            81..86 => REWORKED,
            86..91 => REOPENED,
            91..94 => EXPLAINED,
            94..98 => EXTENDED,
            _ => SUSPENDED,
        };
        Self { case, lead, urgent, moves, next: 0 }
    }

    /// When the next move is made; none where nobody moves any more.
    pub fn pace(&self, now: Timestamp, rng: &mut StdRng) -> Option<Timestamp> {
        let (_, least, most) = self.moves.get(self.next)?;
        let minutes = rng.random_range(*least..=*most);
        now.saturating_add(SignedDuration::from_mins(i64::from(minutes))).ok()
    }

    /// The move that is due.
    pub fn take(&mut self) -> Option<Move> {
        let taken = self.moves.get(self.next).map(|(taken, ..)| *taken);
        self.next += 1;
        taken
    }

    /// The command, by whoever gives it.
    pub fn command(&self, what: Move, reply: Option<Sealed>, now: Timestamp) -> (Command, Actor) {
        let reason = || "等待配件到货，已告知诉求人".to_owned();
        let callback = |solved| Command::RecordCallback {
            contacted: true,
            solved,
            satisfaction: if solved { Satisfaction::Satisfied } else { Satisfaction::Dissatisfied },
            said: Said::default(),
        };
        let command = match what {
            Move::Sign => Command::Sign,
            Move::Contact => Command::Contact { channel: "phone".to_owned(), note: None },
            Move::Extend => {
                Command::Extend { by: Budget::WorkDays { days: 2 }, reason: reason(), complainant_told: true }
            }
            Move::Suspend => Command::Suspend {
                reason: reason(),
                review_at: now.saturating_add(SignedDuration::from_hours(24 * 5)).unwrap_or(now),
                complainant_told: true,
            },
            Move::Resume => Command::Resume,
            Move::Result => {
                Command::SubmitResult { solved: true, reply: reply.unwrap_or_else(|| Sealed(String::new())) }
            }
            Move::Fail => Command::Verify { passed: false, reason: "现场仍有问题".to_owned() },
            Move::Pass => Command::Verify { passed: true, reason: String::new() },
            Move::Solved => callback(true),
            Move::Unsolved => callback(false),
            Move::Reopen => Command::Reopen { reason: "诉求人表示没有解决".to_owned() },
            Move::Explain => Command::Close {
                mode: CloseMode::Explained,
                reason: "已依法向诉求人说明".to_owned(),
            },
        };
        let actor = match what {
            Move::Sign | Move::Contact | Move::Result => {
                Actor::person(&format!("chengban-{}", self.lead), self.lead.as_str())
            }
            _ => Actor::person("ducha", "320506"),
        };
        (command, actor)
    }
}
