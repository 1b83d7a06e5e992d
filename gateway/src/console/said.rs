//! What was said at an event, opened and redacted, and whether it was said to the complainant.

use domain::case::Event;
use domain::ids::CaseId;
use domain::intake::redact;
use domain::sealed::{Reporter, Sealed};

use crate::http::App;

/// Whether the words of an event stay within the house. What answers the complainant does not.
pub fn is_inner(event: &Event) -> bool {
    matches!(
        event,
        Event::SupervisionIssued(_)
            | Event::SupervisionReplied(_)
            | Event::NoticeDrafted(_)
            | Event::NoticeEdited(_)
            | Event::NoticeCorrected(_)
            | Event::NoticeIssued(_)
            | Event::NoticeReplied(_)
            | Event::ComplainantContacted(_)
            | Event::WhistleLegFinished(_)
            | Event::PartFinished(_)
    )
}

/// A note or a reply, opened and redacted; empty where there is none or it was erased.
pub async fn said(app: &App, case: CaseId, event: &Event, reporter: &Reporter) -> String {
    let sealed: &Sealed = match event {
        Event::SupervisionIssued(e) => return format!("{}\n{}", e.facts, e.asks),
        Event::NoticeDrafted(e) => return e.text.clone(),
        Event::NoticeEdited(e) | Event::NoticeCorrected(e) => return e.text.clone(),
        Event::NoticeIssued(e) => return e.text.clone(),
        Event::ComplainantContacted(e) => match &e.note {
            Some(note) => note,
            None => return String::new(),
        },
        Event::ResultSubmitted(e) => &e.reply,
        Event::ReplyAmended(e) => &e.reply,
        Event::CaseAnswered(e) => &e.reply,
        Event::CaseDeclined(e) => &e.reply,
        Event::CaseReferred(e) => &e.reply,
        Event::InfoAsked(e) => &e.reply,
        Event::ClosedOnSpot(e) => &e.reply,
        Event::InfoSupplied(e) => match &e.reply {
            Some(reply) => reply,
            None => return String::new(),
        },
        Event::WhistleLegFinished(e) => &e.reply,
        Event::PartFinished(e) => &e.reply,
        Event::SupervisionReplied(e) => &e.reply,
        Event::NoticeReplied(e) => &e.reply,
        Event::CaseSupplemented(e) => {
            let content = app.engine.keyring().open_content(case, &e.sealed).await.ok().flatten();
            return content.map(|content| redact::text(&content.text, reporter)).unwrap_or_default();
        }
        _ => return String::new(),
    };
    let text = app.engine.keyring().open_text(case, sealed).await.ok().flatten().unwrap_or_default();
    redact::text(&text, reporter)
}
