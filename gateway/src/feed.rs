//! Joins the log's reader to the projections' feed: the one place where the two meet.

use async_trait::async_trait;
use domain::case;
use domain::ids::CaseId;
use domain::sealed::Sealed;
use domain::stream::{Event, StreamKind};
use engine::Engine;
use engine::log::StoredRow;
use projections::feed::{Feed, FeedError, FeedEvent, FeedItem};

/// The engine's log, read for the views.
#[derive(Clone)]
pub struct LogFeed {
    engine: Engine,
}

impl LogFeed {
    /// A feed over this engine's log.
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }
}

#[async_trait]
impl Feed for LogFeed {
    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<FeedItem>, FeedError> {
        let rows = self.engine.tail().read_after(position, limit).await.map_err(FeedError::new)?;
        self.items(rows).await
    }

    async fn between(&self, after: u64, through: u64) -> Result<Vec<FeedItem>, FeedError> {
        // No two rows have the same position, so there are no more of them.
        let most = u32::try_from(through.saturating_sub(after)).unwrap_or(u32::MAX);
        let mut rows = self.engine.store().read_after(after, most).await.map_err(FeedError::new)?;
        rows.truncate(rows.partition_point(|row| row.position <= through));
        self.items(rows).await
    }

    async fn head(&self) -> Result<u64, FeedError> {
        Ok(self.engine.store().head().await.map_err(FeedError::new)?.position)
    }
}

impl LogFeed {
    /// Rows of the log as the views read them.
    async fn items(&self, rows: Vec<StoredRow>) -> Result<Vec<FeedItem>, FeedError> {
        let mut items = Vec::with_capacity(rows.len());
        let mut sealed: Vec<(usize, CaseId, Sealed)> = Vec::new();
        for row in rows {
            let item = match row.decode() {
                Ok(recorded) => {
                    if let Some(content) = content_of(&recorded.event) {
                        sealed.push((items.len(), CaseId(recorded.stream.id), content.clone()));
                    }
                    FeedEvent::Known { recorded: Box::new(recorded), content: None }
                }
                Err(unknown) => FeedEvent::Unknown {
                    stream: format!("{}/{}", row.stream_kind, row.stream_id),
                    reason: unknown.to_string(),
                },
            };
            items.push(FeedItem { position: row.position, hash: row.hash, item });
        }
        self.open(&mut items, &sealed).await?;
        Ok(items)
    }

    /// Opens the page's contents with one look at the keys. A broken seal parks its stream.
    async fn open(
        &self,
        items: &mut [FeedItem],
        sealed: &[(usize, CaseId, Sealed)],
    ) -> Result<(), FeedError> {
        let wanted: Vec<(CaseId, &Sealed)> = sealed.iter().map(|(_, case, sealed)| (*case, sealed)).collect();
        let opened = self.engine.keyring().open_many(&wanted).await.map_err(FeedError::new)?;
        for ((index, case, _), outcome) in sealed.iter().zip(opened) {
            let Some(item) = items.get_mut(*index) else { continue };
            match outcome {
                Ok(found) => {
                    if let FeedEvent::Known { content, .. } = &mut item.item {
                        *content = found;
                    }
                }
                Err(error) => {
                    let stream = format!("{}/{case}", StreamKind::Case.as_str());
                    item.item = FeedEvent::Unknown { stream, reason: error.to_string() };
                }
            }
        }
        Ok(())
    }
}

/// The content that views redact for their lists. Exhaustive: a new event must say whether it has any.
#[allow(clippy::too_many_lines, reason = "one line for every event")]
fn content_of(event: &Event) -> Option<&Sealed> {
    let Event::Case(event) = event else { return None };
    match event {
        case::Event::CaseRegistered(event) => Some(&event.sealed),
        case::Event::CaseSupplemented(_)
        | case::Event::CaseClassified(_)
        | case::Event::CaseTransferredOut(_)
        | case::Event::CaseDispatched(_)
        | case::Event::CaseSigned(_)
        | case::Event::ComplainantContacted(_)
        | case::Event::ExtensionGranted(_)
        | case::Event::CaseSuspended(_)
        | case::Event::CaseResumed(_)
        | case::Event::ResultSubmitted(_)
        | case::Event::VerificationPassed(_)
        | case::Event::VerificationFailed(_)
        | case::Event::CallbackCompleted(_)
        | case::Event::CallbackAttempted(_)
        | case::Event::CaseClosed(_)
        | case::Event::CaseReopened(_)
        | case::Event::AmberReached(_)
        | case::Event::DeadlinePassed(_)
        | case::Event::CaseEscalated(_)
        | case::Event::CaseRecorded(_)
        | case::Event::ReporterRevealed(_)
        | case::Event::CaseWithdrawn(_)
        | case::Event::CaseRated(_)
        | case::Event::OutsideDueSet(_)
        | case::Event::DecidedOutside(_)
        | case::Event::EvidenceAttached(_)
        | case::Event::VoidRequested(_)
        | case::Event::VoidRefused(_)
        | case::Event::CaseVoided(_)
        | case::Event::ExclusionApplied(_)
        | case::Event::CaseExcluded(_)
        | case::Event::ExclusionRefused(_)
        | case::Event::ExclusionAppealed(_)
        | case::Event::WhistleProposed(_)
        | case::Event::WhistleRefused(_)
        | case::Event::WhistleSounded(_)
        | case::Event::WhistleResponded(_)
        | case::Event::UnitArrived(_)
        | case::Event::WhistleDeclined(_)
        | case::Event::DeclineAdjudicated(_)
        | case::Event::WhistleLegFinished(_)
        | case::Event::WhistleStoodDown(_)
        | case::Event::WhistleRated(_)
        | case::Event::WhistleLegLate(_)
        | case::Event::WhistleClocksMoved(_)
        | case::Event::UnitBarred(_)
        | case::Event::ReturnRequested(_)
        | case::Event::ReturnApproved(_)
        | case::Event::ReturnRejected(_)
        | case::Event::DispatchObjected(_)
        | case::Event::ObjectionAdjudicated(_)
        | case::Event::FinalUnitDesignated(_)
        | case::Event::ExtensionRequested(_)
        | case::Event::ExtensionRefused(_)
        | case::Event::SuspensionApplied(_)
        | case::Event::SuspensionRefused(_)
        | case::Event::OutsideAsked(_)
        | case::Event::DeadlineRecalculated(_)
        | case::Event::CaseDeescalated(_)
        | case::Event::TaskClaimed(_)
        | case::Event::TaskDelegated(_)
        | case::Event::ClaimReleased(_)
        | case::Event::ReplyAmended(_)
        | case::Event::CaseAnswered(_)
        | case::Event::CaseDeclined(_)
        | case::Event::CaseReferred(_)
        | case::Event::InfoAsked(_)
        | case::Event::InfoSupplied(_)
        | case::Event::ClosedOnSpot(_)
        | case::Event::CaseArchived(_)
        | case::Event::CaseLinked(_)
        | case::Event::CaseMerged(_)
        | case::Event::CaseUnmerged(_)
        | case::Event::MainCaseEnded(_)
        | case::Event::MainCaseReopened(_)
        | case::Event::RevealRequested(_)
        | case::Event::RevealDecided(_) => None,
        case::Event::CoUnitAdded(_)
        | case::Event::TaskSubDispatched(_)
        | case::Event::PartSigned(_)
        | case::Event::PartFinished(_)
        | case::Event::PartReleaseAsked(_)
        | case::Event::PartReleaseRefused(_)
        | case::Event::PartEnded(_)
        | case::Event::PartLate(_)
        | case::Event::PartClocksMoved(_)
        | case::Event::WorkMoved(_) => None,
        case::Event::CaseUrged(_)
        | case::Event::UrgeWritten(_)
        | case::Event::SupervisionIssued(_)
        | case::Event::SupervisionReplied(_)
        | case::Event::SupervisionChecked(_)
        | case::Event::SupervisionClosed(_)
        | case::Event::ReasonGiven(_)
        | case::Event::ReasonAccepted(_)
        | case::Event::ReasonRefused(_)
        | case::Event::NoticeDrafted(_)
        | case::Event::NoticeEdited(_)
        | case::Event::NoticeIssued(_)
        | case::Event::NoticeReplied(_)
        | case::Event::NoticeCorrected(_)
        | case::Event::NoticeWithdrawn(_)
        | case::Event::SupervisionListed(_)
        | case::Event::InterviewProposed(_)
        | case::Event::UnitInterviewed(_)
        | case::Event::SupervisionLate(_)
        | case::Event::SupervisionTimed(_)
        | case::Event::SupervisionClocksMoved(_) => None,
    }
}
