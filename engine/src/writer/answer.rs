//! The answers to commands.

use std::collections::HashMap;
use std::sync::Arc;

use domain::case::Code;
use uuid::Uuid;

use super::Job;
use crate::log::{Receipt, Store};
use crate::metrics::Metrics;
use crate::submit::{Accepted, Request, SubmitError};

/// A command that the rules refuse, or that changes nothing, may have been accepted before: then its
/// first answer is its answer.
pub(super) async fn answer_unwritten(
    store: Arc<dyn Store>,
    metrics: Metrics,
    jobs: Vec<(Job, Result<Accepted, SubmitError>)>,
) {
    let ids: Vec<Uuid> = jobs.iter().map(|(job, _)| job.request.command_id).collect();
    let known = store.receipts(&ids).await.map(|receipts| {
        receipts.into_iter().map(|receipt| (receipt.command_id, receipt)).collect::<HashMap<_, _>>()
    });
    for (job, first) in jobs {
        match known.as_ref().map(|known| known.get(&job.request.command_id)) {
            Ok(Some(receipt)) => answer_known(&metrics, job, receipt.clone()),
            Ok(None) => {
                let outcome = match &first {
                    Ok(_) => "nothing_to_do",
                    Err(SubmitError::Rejected(_)) => "rejected",
                    Err(_) => "failed",
                };
                count(&metrics, outcome);
                answer(job, first);
            }
            Err(error) => {
                count(&metrics, "failed");
                answer(job, Err(SubmitError::Store(error.to_string())));
            }
        }
    }
}

/// The first answer again, where it is the same command.
pub(super) fn answer_known(metrics: &Metrics, job: Job, receipt: Receipt) {
    let Request { stream, content_hash, .. } = &job.request;
    let same = receipt.content_hash == *content_hash && receipt.stream == *stream;
    count(metrics, if same { "repeated" } else { "rejected" });
    let outcome = if same {
        Ok(Accepted { receipt: Some(receipt), repeated: true })
    } else {
        Err(Code::IdReused.into())
    };
    answer(job, outcome);
}

/// The sender may have hung up: the command counts all the same.
pub(super) fn answer(job: Job, outcome: Result<Accepted, SubmitError>) {
    let _ = job.reply.send(outcome);
}

/// One more command of this outcome.
pub(super) fn count(metrics: &Metrics, outcome: &str) {
    metrics.commands.with_label_values(&[outcome]).inc();
}
