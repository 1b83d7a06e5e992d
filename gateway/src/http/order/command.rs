//! An order as the command that it is: its texts looked at, and sealed with the case's key.

use domain::case::Call;
use domain::case::command::Command;
use domain::case::event::Said;
use domain::ids::CaseId;
use domain::intake::complaint::{ID_MAX, LINE_MAX, TEXT_MAX};
use domain::sealed::Sealed;

use super::Order;
use crate::auth::Reader;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::{App, edge_order};

impl Order {
    /// Texts that stay readable in the log for ever are short; a NUL is in no text.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let texts: &[(&str, &String, usize)] = match self {
            Order::Contact { channel, note } => &[("channel", channel, ID_MAX), ("note", note, TEXT_MAX)],
            Order::SubmitResult { reply, .. } => &[("reply", reply, TEXT_MAX)],
            Order::Extend { reason, .. }
            | Order::Suspend { reason, .. }
            | Order::Verify { reason, .. }
            | Order::Reopen { reason }
            | Order::Close { reason, .. }
            | Order::RequestVoid { reason }
            | Order::DecideVoid { reason, .. }
            | Order::ApplyExclusion { reason, .. }
            | Order::DecideExclusion { reason, .. }
            | Order::AppealExclusion { reason }
            | Order::BarUnit { reason, .. } => &[("reason", reason, LINE_MAX)],
            Order::RecordCallback { remark, recording, .. } => {
                &[("remark", remark, LINE_MAX), ("recording", recording, ID_MAX)]
            }
            Order::AttemptCallback { recording, .. } => &[("recording", recording, ID_MAX)],
            Order::RevealReporter { purpose } => &[("purpose", purpose, ID_MAX)],
            Order::SoundWhistle { reason, place, .. } => {
                &[("reason", reason, LINE_MAX), ("place", place, LINE_MAX)]
            }
            Order::ArriveOnSite { place } => &[("place", place, LINE_MAX)],
            Order::ApproveWhistle { reason, .. }
            | Order::DeclineWhistle { reason }
            | Order::AdjudicateDecline { reason, .. }
            | Order::StandDown { reason, .. }
            | Order::RateWhistle { reason, .. } => &[("reason", reason, LINE_MAX)],
            Order::FinishLeg { feedback } => &[("feedback", feedback, TEXT_MAX)],
            Order::Hand(order) => &order.texts(),
            Order::Edge(order) => &Vec::from_iter(order.text()),
            Order::Part(order) => &order.texts(),
            Order::Supervise(order) => &order.texts(),
            _ => &[],
        };
        let bad = texts.iter().find(|(_, text, most)| text.contains('\0') || text.chars().count() > *most);
        if let Some((field, ..)) = bad {
            return Err(Problem::from(EdgeCode::BadField).about(field));
        }
        match self {
            Order::SubmitResult { reply, .. } if reply.trim().is_empty() => {
                Err(Problem::from(EdgeCode::BadField).about("reply"))
            }
            Order::FinishLeg { feedback } if feedback.trim().is_empty() => {
                Err(Problem::from(EdgeCode::BadField).about("feedback"))
            }
            Order::Contact { channel, .. } if channel.trim().is_empty() => {
                Err(Problem::from(EdgeCode::BadField).about("channel"))
            }
            _ => Ok(()),
        }
    }

    /// The domain's command, its free text sealed with the case's key.
    pub(super) async fn seal(self, app: &App, reader: &Reader, case: CaseId) -> Result<Command, Problem> {
        Ok(match self {
            Order::Classify { item, place } => Command::Classify { item, place },
            Order::Dispatch { unit } => Command::Dispatch { unit },
            Order::Sign {} => Command::Sign,
            Order::Contact { channel, note } => {
                let note = if note.trim().is_empty() { None } else { Some(sealed(app, case, &note).await?) };
                Command::Contact { channel, note }
            }
            Order::Extend { by, reason, complainant_told } => {
                Command::Extend { by, reason, complainant_told }
            }
            Order::Suspend { reason, review_at, complainant_told } => {
                Command::Suspend { reason, review_at, complainant_told }
            }
            Order::Resume {} => Command::Resume,
            Order::SubmitResult { solved, reply } => {
                Command::SubmitResult { solved, reply: sealed(app, case, &reply).await? }
            }
            Order::Verify { passed, reason } => Command::Verify { passed, reason },
            Order::RecordCallback { contacted, solved, satisfaction, why, remark, recording } => {
                let said = Said { why, remark, recording };
                Command::RecordCallback { contacted, solved, satisfaction, said }
            }
            Order::AttemptCallback { outcome, recording } => {
                Command::Call(Call::AttemptCallback { outcome, recording })
            }
            Order::Close { mode, reason } => Command::Close { mode, reason },
            Order::Reopen { reason } => Command::Reopen { reason },
            Order::Escalate { to, reason } => Command::Escalate { to, reason },
            Order::RevealReporter { purpose } => Command::RevealReporter { purpose },
            Order::BarUnit { unit, reason } => Command::BarUnit { unit, reason },
            Order::RequestVoid { reason } => Command::RequestVoid { reason },
            Order::DecideVoid { granted, reason } => Command::DecideVoid { granted, reason },
            Order::ApplyExclusion { ground, reason } => Command::ApplyExclusion { ground, reason },
            Order::DecideExclusion { granted, reason } => Command::DecideExclusion { granted, reason },
            Order::AppealExclusion { reason } => Command::AppealExclusion { reason },
            Order::SoundWhistle { kind, units, reason, place } => {
                Command::SoundWhistle { kind, units, reason, place }
            }
            Order::ApproveWhistle { approved, reason } => Command::ApproveWhistle { approved, reason },
            Order::RespondWhistle {} => Command::RespondWhistle,
            Order::ArriveOnSite { place } => Command::ArriveOnSite { place },
            Order::DeclineWhistle { reason } => Command::DeclineWhistle { reason },
            Order::AdjudicateDecline { unit, upheld, reason } => {
                Command::AdjudicateDecline { unit, upheld, reason }
            }
            Order::FinishLeg { feedback } => {
                Command::FinishLeg { feedback: sealed(app, case, &feedback).await? }
            }
            Order::StandDown { whistle, reason } => Command::StandDown { whistle, reason },
            Order::RateWhistle { unit, score, reason } => Command::RateWhistle { unit, score, reason },
            Order::Hand(order) => return order.command(app, case).await,
            Order::Edge(order) => edge_order::command(order, app, reader, case).await?,
            Order::Part(order) => return order.command(app, case).await,
            Order::Supervise(order) => return order.command(app, case).await,
        })
    }
}

/// A text, sealed with the case's key.
///
/// # Errors
/// The key cannot be had.
pub async fn sealed(app: &App, case: CaseId, text: &str) -> Result<Sealed, Problem> {
    app.engine
        .keyring()
        .seal(case, &text)
        .await
        .map_err(|error| Problem::inside("a text could not be sealed", &error))
}
