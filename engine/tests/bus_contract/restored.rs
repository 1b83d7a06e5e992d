//! A log that was restored from a copy, and a log that is another one.

use std::path::Path;
use std::sync::Arc;

use engine::bus::Stream;
use engine::dispatcher::DispatchError;
use engine::log::memory::MemoryStore;
use engine::log::sqlite::SqliteStore;
use serde_json::Value;

use crate::carriers::Carrier;
use crate::lost::{ids, some_cases};
use crate::world::World;

async fn open(file: &Path, jurisdiction: &str) -> SqliteStore {
    SqliteStore::open(file, jurisdiction).await.expect("a log")
}

/// What a restore does besides copying: message ids are never used twice.
async fn next_epoch(file: &Path) {
    let url = format!("sqlite://{}", file.display());
    let pool = sqlx::SqlitePool::connect(&url).await.expect("the file");
    sqlx::query("UPDATE log SET epoch = epoch + 1").execute(&pool).await.expect("the next epoch");
    pool.close().await;
}

pub async fn a_restored_log_goes_on_from_what_it_still_knows(world: World) {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, copy) = (folder.path().join("log.db"), folder.path().join("copy.db"));
    let carrier = world.carrier;
    let jurisdiction = carrier.jurisdiction.clone();

    let store = open(&file, &jurisdiction).await;
    let mut world = World::over(carrier, Arc::new(store.clone())).await;
    some_cases(&mut world, 0).await;
    world.publish_all().await;
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", file.display())).await.expect("the file");
    sqlx::query("VACUUM INTO ?").bind(copy.display().to_string()).execute(&pool).await.expect("a copy");
    pool.close().await;
    // Published, and then lost with the disk.
    some_cases(&mut world, 10).await;
    world.publish_all().await;
    let before = ids(&world).await;

    next_epoch(&copy).await;
    let store = Arc::new(open(&copy, &jurisdiction).await);
    let mut restored = World::over(world.carrier, store).await;
    some_cases(&mut restored, 20).await;
    restored.publish_all().await;
    let after = ids(&restored).await;
    for (before, after) in before.iter().zip(&after) {
        let per_case = before.len() / 20;
        assert_eq!(after[..before.len()], before[..], "nothing that was sent is sent again");
        assert_eq!(after.len(), before.len() + 10 * per_case, "everything new is sent");
        let distinct: std::collections::HashSet<_> = after.iter().map(Value::to_string).collect();
        assert_eq!(distinct.len(), after.len(), "no id twice");
    }
}

pub async fn another_log_does_not_write_into_this_ones_streams(mut world: World) {
    some_cases(&mut world, 0).await;
    world.publish_all().await;
    let before = world.stored(Stream::Events).await.len();
    let store = Arc::new(MemoryStore::new(&world.carrier.jurisdiction));
    let mut other = World::over(world.carrier, store).await;
    some_cases(&mut other, 10).await;
    let refused = other.publisher.step().await;
    assert!(matches!(refused, Err(DispatchError::ForeignLog(_))), "{refused:?}");
    assert_eq!(other.stored(Stream::Events).await.len(), before);
}

/// Only over NATS: what is carried in the process dies with it.
#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_since_the_copy_was_made_is_taken_in_again_from_the_bus() {
    let Some(carrier) = Carrier::nats().await else { return };
    let jurisdiction = carrier.jurisdiction.clone();
    let mut world = World::new(carrier).await;
    some_cases(&mut world, 0).await;
    let taken = world.cases().await;
    assert_eq!(world.intake.step().await.expect("a step").done, 0, "all is acknowledged");

    // The copy is older than all of it.
    let store = Arc::new(MemoryStore::new(&jurisdiction));
    let carrier = world.carrier.in_epoch(2).await;
    let mut restored = World::over(carrier, store).await;
    assert_eq!(restored.intake.step().await.expect("a step").done, taken);
    assert_eq!(restored.cases().await, taken);
}
