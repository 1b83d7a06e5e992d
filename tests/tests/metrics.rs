//! The same as the bin `metrics`, with a few thousand events.

use tests::metrics::{compare, log};

#[tokio::test]
async fn figures_counted_on_are_those_counted_anew_and_those_of_plain_loops_over_the_export() {
    let folder = tempfile::tempdir().expect("a folder");
    let compared = compare(&log(6_000, 7), 3, folder.path()).await;
    assert!(compared.wrong.is_empty(), "{:#?}", compared.wrong);
    assert!(compared.cases > 100 && compared.numbers > 200, "{compared:?}");
}
