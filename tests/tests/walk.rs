//! The exhaustive walk in a small bound; in full `cargo run --release -p tests --bin walk`.

use tests::walk::{Bound, World, walk};

#[test]
fn no_life_of_a_small_world_breaks_an_invariant() {
    let bound = Bound { moves: 3, instants: 4, states: 3_000, threads: 2 };
    let walked = walk(&World::small(), bound);
    assert!(walked.broken.is_empty(), "{}", walked.broken.join("\n\n"));
    assert!(walked.states > 1_000, "{walked:?}");
}
