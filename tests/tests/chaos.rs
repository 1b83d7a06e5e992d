//! The trial of `src/chaos`, small enough for every day.

use tests::chaos::{self, Plan};

#[tokio::test(flavor = "multi_thread")]
async fn no_order_is_lost_or_doubled_while_engines_database_and_bus_are_killed() {
    if std::env::var_os("WHISTLEPOST_TEST_NATS").is_none() {
        eprintln!("skipped: run tests/run");
        return;
    }
    let plan = Plan {
        messages: 3_000,
        kill_engine: 5,
        kill_postgres: 1,
        kill_nats: 1,
        engines: 2,
        seconds: 10,
        seed: 7,
        nats_server: "nats-server".into(),
        keep: None,
    };
    let summary = chaos::run(&plan).await;
    assert_eq!(summary.broken, 0, "{:#?}", summary);
    assert_eq!(summary.cases, summary.distinct_orders);
    assert_eq!((summary.killed_engine, summary.killed_postgres, summary.killed_nats), (5, 1, 1));
}
