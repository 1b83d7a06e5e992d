//! A workbook of complaints that somebody hands in: gone through whole first, taken in whole or not at all.

use std::sync::Arc;

use domain::fault::Fault;
use domain::intake::Complaint;
use engine::SubmitError;
use engine::intake::{Arrival, Outcome};
use projections::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::problem::{EdgeCode, Problem};
use crate::auth::Reader;
use crate::files::map::FieldMap;
use crate::files::rows::Rows;
use crate::files::sheet::{self, complaints::Reading};

/// Most rows of one workbook here; the command line takes more.
pub const ROWS_MOST: usize = 5_000;
/// Faults that are told; of the rest it is said how many they are.
const TOLD: usize = 200;
/// Rows that are given to the intake at once.
const STRETCH: usize = 512;

/// What is in a workbook.
#[derive(Default)]
pub struct Checked {
    /// Rows that are complaints.
    pub complaints: Vec<Complaint>,
    /// What it comes to.
    pub told: Told,
}

/// What became of a workbook, or would.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Told {
    /// Rows in it.
    pub read: usize,
    /// Cases that were opened.
    pub opened: usize,
    /// Complaints with other content than before.
    pub supplement: usize,
    /// Complaints that were there already.
    pub duplicate: usize,
    /// Rows with a mistake.
    pub rejected: usize,
    /// It was only checked, or has a mistake: nothing was imported.
    pub imported: bool,
    /// The first mistakes, each with its cell.
    #[schema(value_type = Vec<Object>)]
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub more_faults: usize,
}

impl Told {
    fn blame(&mut self, faults: Vec<Fault>) {
        for fault in faults {
            if self.faults.len() < TOLD {
                self.faults.push(fault);
            } else {
                self.more_faults += 1;
            }
        }
    }
}

/// Goes through a workbook. Who sees a part only may not speak for another system, and so add to its cases.
///
/// # Errors
/// The node failed. What is wrong with the workbook is in the answer.
pub async fn check(app: &App, reader: &Reader, bytes: Vec<u8>, own: &str) -> Result<Checked, Problem> {
    let (rules, now) = (app.rules(), app.engine.now());
    let reading = Reading::new(rules.calendar.zone(), &rules.policy.catalogue);
    let (own, all) = (own.to_owned(), matches!(reader.scope(), Scope::All));
    let read = move || {
        let mut checked = Checked::default();
        let rows = sheet::read(bytes).map_err(|fault| vec![fault]);
        let mut rows = match rows.and_then(|book| Rows::of_workbook(book, FieldMap::default(), &reading)) {
            Ok(rows) if rows.left().unwrap_or_default() <= ROWS_MOST => rows,
            Ok(_) => {
                let zh = format!("一次最多 {ROWS_MOST} 行，请拆开，或用命令行导入");
                let en = format!("at most {ROWS_MOST} rows at once; split it, or import by the command line");
                checked.told.blame(vec![Fault::new("WORKBOOK_TOO_LARGE", zh, en)]);
                return checked;
            }
            Err(faults) => {
                checked.told.blame(faults);
                return checked;
            }
        };
        while let Ok(Some(row)) = rows.next_row() {
            checked.told.read += 1;
            let line = row.line;
            match row.complaint(&own, now) {
                Ok(complaint) if all => checked.complaints.push(complaint),
                Ok(complaint) => checked.complaints.push(Complaint { source: own.clone(), ..complaint }),
                Err(faults) => {
                    checked.told.rejected += 1;
                    checked.told.blame(faults.into_iter().map(|fault| fault.at_line(line)).collect());
                }
            }
        }
        checked
    };
    let read = tokio::task::spawn_blocking(read);
    read.await.map_err(|error| Problem::inside("a workbook could not be read", &error))
}

/// Takes in what was gone through; nothing where there was a mistake.
///
/// # Errors
/// The log failed on the way: sending it again doubles nothing.
pub async fn take(app: &Arc<App>, reader: &Reader, checked: Checked) -> Result<Told, Problem> {
    let Checked { complaints, mut told } = checked;
    if !told.faults.is_empty() {
        return Ok(told);
    }
    let (intake, actor) = (app.intake.clone(), reader.account.actor());
    // Owned by the runtime: a browser that hangs up must not leave it half done.
    let taken = tokio::spawn(async move {
        let mut outcomes = Vec::with_capacity(complaints.len());
        let mut rest = complaints.into_iter().peekable();
        while rest.peek().is_some() {
            let arrivals = rest.by_ref().take(STRETCH);
            let arrivals = arrivals.map(|complaint| Arrival::imported(complaint, actor.clone())).collect();
            outcomes.extend(intake.receive_many(arrivals).await);
        }
        outcomes
    });
    for outcome in taken.await.map_err(|error| Problem::inside("the intake failed", &error))? {
        match outcome {
            Ok(Outcome::Opened { .. }) => told.opened += 1,
            Ok(Outcome::Supplement { .. }) => told.supplement += 1,
            Ok(Outcome::Duplicate { .. }) => told.duplicate += 1,
            Err(SubmitError::Rejected(rejection)) => {
                told.rejected += 1;
                let code = rejection.code;
                told.blame(vec![Fault::new(code.as_str(), code.zh(), code.en()).in_field(&rejection.about)]);
            }
            Err(error) => return Err(error.into()),
        }
    }
    told.imported = true;
    Ok(told)
}

/// As an answer to a program: a workbook with mistakes is a refusal with all of them.
///
/// # Errors
/// `WORKBOOK_FAULTY`.
pub fn answered(told: Told) -> Result<Told, Problem> {
    if told.imported || told.faults.is_empty() {
        return Ok(told);
    }
    let about = format!("{} + {}", told.faults.len(), told.more_faults);
    Err(Problem::from(EdgeCode::WorkbookFaulty).about(about).with_faults(told.faults))
}
