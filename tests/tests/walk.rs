//! The exhaustive walk in a small bound; in full `cargo run --release -p tests --bin walk`.

use std::collections::HashSet;

use domain::case::admissible::Kind;
use tests::walk::invariants::INVARIANTS;
use tests::walk::{Bound, World, walk};

#[test]
fn no_life_of_a_small_world_breaks_an_invariant() {
    let bound = Bound { moves: 1, instants: 4, states: 6_000, threads: 2 };
    let walked = walk(&World::small(), bound);
    assert!(walked.broken.is_empty(), "{}", walked.broken.join("\n\n"));
    assert!(walked.states > 1_000, "{walked:?}");
}

#[test]
fn every_command_is_tried_by_somebody() {
    let tried: HashSet<Kind> = World::small().moves.iter().map(|(_, command)| Kind::of(command)).collect();
    let left: Vec<&Kind> = Kind::ALL.iter().filter(|kind| !tried.contains(kind)).collect();
    // Limits pass by themselves where the clock is turned.
    assert_eq!(left, [&Kind::PassDeadline], "a new command belongs into the world of the walk");
}

#[test]
fn the_sentences_of_the_ten_invariants_are_those_of_the_domain() {
    let named: Vec<&str> = INVARIANTS.iter().map(|(sentence, _)| *sentence).take(10).collect();
    assert_eq!(
        named.join("; "),
        "one lead per open case; lead never empty between dispatch and close; no dispatch below the item's \
         lowest level or outside a community's list; final designation has no return; a running clock always \
         has a deadline, a paused one a reason and review date; extension only before expiry and told to the \
         complainant; verification and callback are never done by the handler; a barred unit sees nothing; \
         every notice links to an overdue or failed check; scores equal a function of the log and the scheme \
         version"
    );
}
