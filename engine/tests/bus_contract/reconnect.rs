//! A server of our own: killed in the middle and started again on the same files, or one that
//! takes more than we do.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use engine::bus::Stream;
use engine::bus::dead::DeadLetter;

use crate::carriers::Carrier;
use crate::world::{World, codes, complaint};

/// A server of our own, killed with the test.
struct Server {
    process: Child,
}

impl Server {
    fn start(port: u16, folder: &Path) -> Option<Self> {
        let config = folder.join("nats.conf");
        std::fs::write(&config, "max_payload: 16MB\n").expect("a configuration");
        let process = Command::new("nats-server")
            .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
            .arg(folder)
            .arg("-c")
            .arg(config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        Some(Self { process })
    }

    fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// None where tests with NATS are not wanted, or there is no server to start.
async fn server(folder: &Path) -> Option<(Server, u16)> {
    if std::env::var("WHISTLEPOST_TEST_NATS").is_err() {
        println!("skipped: run tests/run");
        return None;
    }
    let port = free_port();
    let Some(server) = Server::start(port, folder) else {
        println!("skipped: no nats-server in PATH");
        return None;
    };
    tokio::time::sleep(Duration::from_millis(500)).await;
    Some((server, port))
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_are_dead_and_refused_and_the_queue_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some((_server, port)) = server(folder.path()).await else { return };
    let url = format!("nats://127.0.0.1:{port}");
    let mut world = World::new(Carrier::nats_at(&url).await).await;
    let sender = async_nats::connect(&url).await.expect("a client");
    let subject = world.subjects.intake("12345");
    sender.publish(subject, vec![b'x'; 10_000_000].into()).await.expect("sent");
    sender.flush().await.expect("sent");
    world.complain("m1", complaint("B-1")).await;
    let mut taken = world.intake.step().await.expect("a step");
    if taken.done < 2 {
        taken = world.intake.step().await.expect("a step");
    }
    assert_eq!((taken.dead, taken.later), (1, 0));
    world.publish_all().await;
    let told: Vec<_> = world.receipts().await.iter().map(|receipt| codes(&receipt["faults"])).collect();
    assert!(told.contains(&vec!["MESSAGE_TOO_LARGE".to_owned()]), "{told:?}");
    let letter = DeadLetter::read(&world.stored(Stream::Dead).await[0]).expect("a letter");
    assert_eq!((letter.bytes, letter.truncated), (10_000_000, true));
    assert_eq!(world.cases().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_waited_for_and_nothing_is_lost_or_doubled() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some((mut server, port)) = server(folder.path()).await else { return };
    let mut world = World::new(Carrier::nats_at(&format!("nats://127.0.0.1:{port}")).await).await;
    for number in 0..20 {
        world.complain(&format!("m{number}"), complaint(&format!("R-{number}"))).await;
    }
    assert_eq!(world.intake.step().await.expect("a step").done, 20);
    world.publisher.step().await.expect("a step");

    server.kill();
    for number in 20..30 {
        let data = complaint(&format!("R-{number}"));
        let read =
            domain::intake::Complaint::from_json(data, "12345", world.engine.now()).expect("well-formed");
        let actor = domain::context::Actor { id: "bus:12345".to_owned(), unit: None };
        let arrival = engine::intake::Arrival::live(read, actor);
        engine::intake::Intake::new(world.engine.clone()).receive(arrival).await.expect("taken in");
    }
    world.publisher.step().await.expect_err("no server");
    world.intake.step().await.expect_err("no server");

    server = Server::start(port, folder.path()).expect("a server");
    let mut idle = false;
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        idle = matches!(world.publisher.step().await, Ok(0));
        if idle {
            break;
        }
    }
    assert!(idle, "the publisher goes on");
    assert_eq!(world.stored(Stream::Dispatch).await.len(), 30);
    assert_eq!(world.stored(Stream::Events).await.len(), 90);
    world.complain("m30", complaint("R-30")).await;
    // What was settled just before the kill may come again: it opens nothing.
    for _ in 0..50 {
        let _ = world.intake.step().await;
        if world.cases().await == 31 {
            break;
        }
    }
    assert_eq!(world.cases().await, 31, "the intake goes on");
    world.publish_all().await;
    assert_eq!(world.stored(Stream::Dispatch).await.len(), 31);
    server.kill();
}
