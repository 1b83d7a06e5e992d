//! A line to a server that a test can cut.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A line that is up until it is cut.
pub struct Line {
    /// Where it begins.
    pub port: u16,
    up: Arc<AtomicBool>,
    calls: Arc<Mutex<Vec<AbortHandle>>>,
}

impl Line {
    /// A line to this server.
    pub async fn to(server: String) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (up, calls) = (Arc::new(AtomicBool::new(true)), Arc::<Mutex<Vec<AbortHandle>>>::default());
        let line = Line { port, up: up.clone(), calls: calls.clone() };
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                if !up.load(Ordering::SeqCst) {
                    continue;
                }
                let server = server.clone();
                let call = tokio::spawn(async move {
                    let mut far = TcpStream::connect(server).await.expect("the server");
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
                calls.lock().expect("a list").push(call.abort_handle());
            }
        });
        line
    }

    /// Ends every call and answers none.
    pub fn cut(&self) {
        self.up.store(false, Ordering::SeqCst);
        self.calls.lock().expect("a list").drain(..).for_each(|call| call.abort());
    }

    /// Answers again.
    pub fn mend(&self) {
        self.up.store(true, Ordering::SeqCst);
    }

    /// Cut for so long.
    pub async fn cut_for(&self, time: Duration) {
        self.cut();
        tokio::time::sleep(time).await;
        self.mend();
    }
}
