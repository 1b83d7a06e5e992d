//! Complaints as the demo's residents make them.

use domain::context::{Actor, Rulebook};
use domain::ids::{Rung, UnitId};
use domain::intake::Complaint;
use domain::org::Unit;
use domain::sealed::{Content, Reporter};
use jiff::Timestamp;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::texts::{GIVEN, SURNAMES, TEMPLATES, UNCLEAR};

/// The street on which the demo looks.
pub const DEMO_STREET: &str = "320506001";
/// The grid whose inbox the demo's handler opens: the first of the street's first community.
pub const DEMO_GRID: &str = "320506001012001";

/// Draws complaints.
pub(super) struct Residents {
    /// Grids of the demo's street; the handler's own comes up more often.
    grids: Vec<Unit>,
    counter: u64,
    batch: String,
}

impl Residents {
    /// Residents of the demo's street; `batch` keeps the ids of two runs apart.
    pub fn of(rules: &Rulebook, batch: &str) -> Self {
        let street = UnitId::new(DEMO_STREET);
        let grids = rules
            .org
            .units()
            .iter()
            .filter(|unit| unit.rung == Rung::Grid && rules.org.is_within(&unit.code, &street))
            .cloned()
            .collect();
        Self { grids, counter: 0, batch: batch.to_owned() }
    }

    /// The handler's grid, or the first where the rules are not the sample's.
    pub fn favourite(&self) -> Option<&Unit> {
        self.grids.iter().find(|unit| unit.code.as_str() == DEMO_GRID).or(self.grids.first())
    }

    /// One complaint, and the reply that will be given to it.
    pub fn complain(
        &mut self,
        rules: &Rulebook,
        now: Timestamp,
        rng: &mut StdRng,
    ) -> (Complaint, &'static str) {
        self.counter += 1;
        let external_id = format!("DEMO-{}-{:05}", self.batch, self.counter);
        let reporter = reporter(rng);
        let channel = *["phone", "phone", "phone", "app", "web", "patrol"].choose(rng).unwrap_or(&"phone");
        if rng.random_range(0..100) < 4 {
            let (title, text) = UNCLEAR.choose(rng).copied().unwrap_or(UNCLEAR[0]);
            // Half of them say where: those show in the street's triage, the others in the district's.
            let address = if rng.random_bool(0.5) { street_name(rules).to_owned() } else { String::new() };
            let content =
                Content { title: title.into(), text: text.into(), address, reporter, ..Content::default() };
            return (complaint(external_id, channel, now, None, content), "");
        }
        let template = TEMPLATES.choose(rng).unwrap_or(&TEMPLATES[0]);
        let grid = if rng.random_range(0..100) < 18 { self.favourite() } else { self.grids.choose(rng) };
        let grid_name = grid.map_or("", |grid| grid.name.as_str());
        let community = grid
            .and_then(|grid| rules.org.ancestor_at(&grid.code, Rung::Community))
            .map_or("", |community| community.name.trim_end_matches("居委会").trim_end_matches("村委会"));
        let content = Content {
            title: template.title.replace("{}", community),
            text: template.text.to_owned(),
            address: format!("{}{}", street_name(rules), grid_name),
            reporter,
            ..Content::default()
        };
        (complaint(external_id, channel, now, Some(template.item), content), template.reply)
    }

    /// In whose name they come in.
    pub fn actor() -> Actor {
        Actor { id: "demo:hotline".to_owned(), unit: None }
    }
}

fn street_name(rules: &Rulebook) -> &str {
    rules.org.unit(&UnitId::new(DEMO_STREET)).map_or("", |street| street.name.as_str())
}

/// A name and a number that nobody has: the 000 block is not given out.
fn reporter(rng: &mut StdRng) -> Reporter {
    let surname = SURNAMES.choose(rng).copied().unwrap_or_default();
    let given = GIVEN.choose(rng).copied().unwrap_or_default();
    Reporter {
        name: format!("{surname}{given}"),
        phone: format!("1990000{:04}", rng.random_range(0..10_000)),
        id_number: String::new(),
    }
}

fn complaint(
    external_id: String,
    channel: &str,
    now: Timestamp,
    item: Option<&str>,
    content: Content,
) -> Complaint {
    Complaint {
        external_id: Some(external_id),
        source: "12345-demo".to_owned(),
        channel: channel.to_owned(),
        received_at: now,
        point: None,
        item: item.map(str::to_owned),
        unit: None,
        due_at: None,
        closed_at: None,
        replied_at: None,
        confidential: false,
        anonymous: false,
        test: false,
        revision: None,
        content,
    }
}
