//! Carries out what people asked of many cases at once, case by case, through the one door.
//!
//! A command's id is made of its batch and its case: who goes on after a kill, or beside another node, does
//! nothing twice. Permission is asked of the account as it is now, not as it was.

use std::collections::HashMap;
use std::sync::Arc;

use engine::lease::Lease;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::auth::{Batch, BatchCase, Reader};
use crate::console::orders;
use crate::http::problem::Problem;
use crate::http::{App, order};
use crate::loops::{Ended, pause};
use crate::trouble::Trouble;

/// Cases of one step.
const STEP: usize = 50;

/// Carries batches out until it is told to stop; one node at a time.
///
/// # Errors
/// Never: what is away is waited for.
pub async fn run(app: Arc<App>) -> Ended {
    let stop: CancellationToken = app.status.stop().clone();
    let mut lease = Lease::new(app.engine.store().clone(), "batches");
    let mut trouble = Trouble::new("batches", &stop);
    while !stop.is_cancelled() {
        let stepped = match lease.held().await {
            Ok(None) => Ok(false),
            Ok(Some(_)) => step(&app).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match stepped {
            Ok(true) => trouble.over(),
            Ok(false) => {
                trouble.over();
                pause(&stop).await;
            }
            Err(error) => trouble.wait(&error).await,
        }
    }
    lease.release().await;
    Ok(())
}

/// One step; whether there was something to do.
///
/// # Errors
/// Accounts, views or log are away: the step is tried again.
pub async fn step(app: &Arc<App>) -> Result<bool, Away> {
    let Some(batch) = app.accounts.begin_batch(app.engine.now()).await? else { return Ok(false) };
    let open = app.accounts.batch_cases(batch.id, true).await?;
    let account = app.accounts.find(&batch.account).await?;
    let reader = account.map(|account| Reader::new(account, &app.rules().org));
    for case in open.iter().take(STEP) {
        let (outcome, about) = match &reader {
            Some(reader) => outcome(app, reader, &batch, case).await?,
            None => ("NOT_ALLOWED".to_owned(), String::new()),
        };
        app.accounts.note_outcome(batch.id, case.place, (&outcome, &about)).await?;
    }
    if open.len() <= STEP {
        app.accounts.end_batch(batch.id).await?;
    }
    Ok(true)
}

/// Something is away that will come back.
#[derive(Debug, thiserror::Error)]
pub enum Away {
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] crate::auth::AccountError),
    /// Views or log.
    #[error("{0}")]
    Inside(&'static str),
}

async fn outcome(
    app: &Arc<App>,
    reader: &Reader,
    batch: &Batch,
    case: &BatchCase,
) -> Result<(String, String), Away> {
    match give(app, reader, batch, case).await {
        Ok(true) => Ok(("done".to_owned(), String::new())),
        Ok(false) => Ok(("already".to_owned(), String::new())),
        Err(problem) if problem.http().is_server_error() => Err(Away::Inside(problem.code())),
        Err(problem) => Ok((problem.code().to_owned(), problem.about)),
    }
}

/// Whether something was written.
async fn give(app: &Arc<App>, reader: &Reader, batch: &Batch, case: &BatchCase) -> Result<bool, Problem> {
    let seen = crate::console::case::find(app, reader, &case.case_no).await?;
    let input: HashMap<String, String> = batch.fields.iter().cloned().collect();
    let rules = app.rules();
    let order = orders::read(&batch.action, &input, &seen.history.state, rules.calendar.zone())?;
    let id = Uuid::new_v5(&batch.id, case.case_no.as_bytes());
    Ok(order::give(app, reader, &seen.row, order, id).await?.receipt.is_some())
}
