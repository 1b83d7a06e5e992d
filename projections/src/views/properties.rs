//! Counting on must equal counting anew, whatever happens to the cases and however it is cut into pages.

use std::collections::{HashMap, HashSet};

use domain::ids::CaseId;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::board::{Counts, Deltas, count_change};
use super::page::{PageFold, case_of};
use super::sample::*;

pub(crate) fn event() -> impl Strategy<Value = Value> {
    let day = (1_u8..=28).prop_map(|day| format!("2026-12-{day:02}T17:30:00+08:00"));
    prop_oneof![
        Just(classified(GRID)),
        Just(classified(OTHER)),
        day.clone().prop_map(|due| dispatched(GRID, &due)),
        day.clone().prop_map(|due| dispatched(OTHER, &due)),
        Just(signed()),
        Just(contacted()),
        day.clone().prop_map(|at| result(&at)),
        day.clone().prop_map(|due| extended(&due)),
        Just(suspended()),
        day.clone().prop_map(|due| resumed(&due)),
        Just(check_passed()),
        day.clone().prop_map(|due| check_failed(&due)),
        any::<bool>().prop_map(called_back),
        Just(closed()),
        day.clone().prop_map(|due| reopened(&due.replace("2026-12", "2027-01"))),
        Just(escalated()),
        day.prop_map(|closed| recorded("别的单位", Some("2026-12-15T17:30:00+08:00"), Some(&closed))),
    ]
}

/// A log of five cases, one of them a test order; anything may happen to them, also what no rule allows.
pub fn log() -> impl Strategy<Value = Log> {
    proptest::collection::vec((1_u128..=5, event()), 0..80).prop_map(|events| {
        let opened = (1..=5).fold(Log::new(), |log, case| {
            log.add(case, registered_with(&format!("N{case}"), json!({"test": case == 5})))
        });
        events.into_iter().fold(opened, |log, (case, event)| log.add(case, event))
    })
}

fn without_zeroes(mut cells: Deltas) -> Deltas {
    cells.retain(|_, counts| *counts != Counts::default());
    cells
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn pages_add_up_to_the_whole(log in log(), size in 1_usize..20) {
        let org = org();
        let mut rows = HashMap::new();
        let mut cells = Deltas::new();
        let mut parked = HashSet::new();
        for page in log.items().chunks(size) {
            let known: HashSet<CaseId> = page.iter().filter_map(case_of).collect();
            let mut fold = PageFold::new(known.iter().filter_map(|case| rows.get(case).cloned()));
            page.iter().for_each(|item| fold.take(item, &mut parked, &org));
            let change = fold.finish();
            rows.extend(change.rows.into_iter().map(|change| (change.row.case_id, change.row)));
            for (key, counts) in change.deltas {
                *cells.entry(key).or_default() += counts;
            }
        }
        let whole = log.rows();
        let mut anew = Deltas::new();
        whole.iter().for_each(|row| count_change(&mut anew, None, Some(row)));
        let mut paged: Vec<_> = rows.into_values().collect();
        paged.sort_by_key(|row| row.opened);
        prop_assert_eq!(paged, whole);
        prop_assert_eq!(without_zeroes(cells), anew);
    }
}
