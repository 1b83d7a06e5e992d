//! Many things at once, those that belong together one after the other.

use std::collections::HashMap;
use std::hash::Hash;

use futures::stream::{self, StreamExt};

/// Most lanes at once: enough that one commit carries many, few enough that nobody else waits long.
const AT_ONCE: usize = 128;

/// Does the work on every item. Items with the same key keep their order, the others wait for nothing;
/// the results are in the order of the items.
pub(crate) async fn in_lanes<K, T, R, F>(items: Vec<(K, T)>, work: impl Fn(T) -> F) -> Vec<R>
where
    K: Eq + Hash,
    F: Future<Output = R>,
{
    let mut lanes: Vec<Vec<(usize, T)>> = Vec::new();
    let mut lane_of: HashMap<K, usize> = HashMap::new();
    for (place, (key, item)) in items.into_iter().enumerate() {
        let lane = *lane_of.entry(key).or_insert(lanes.len());
        if lane == lanes.len() {
            lanes.push(Vec::new());
        }
        lanes[lane].push((place, item));
    }
    let work = &work;
    let run = async move |lane: Vec<(usize, T)>| {
        let mut done = Vec::with_capacity(lane.len());
        for (place, item) in lane {
            done.push((place, work(item).await));
        }
        done
    };
    let mut done: Vec<(usize, R)> = stream::iter(lanes).map(run).buffer_unordered(AT_ONCE).concat().await;
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod specs {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn one_lane_keeps_its_order_and_no_lane_waits_for_another() {
        let begun = RefCell::new(Vec::new());
        let ended = RefCell::new(Vec::new());
        let items = ["a1", "a2", "b1", "a3", "b2"].map(|name| (name.as_bytes()[0], name)).to_vec();
        let results = in_lanes(items, async |name: &'static str| {
            begun.borrow_mut().push(name);
            tokio::task::yield_now().await;
            ended.borrow_mut().push(name);
            name
        })
        .await;
        assert_eq!(results, ["a1", "a2", "b1", "a3", "b2"]);
        assert_eq!(begun.borrow()[..2], ["a1", "b1"], "both lanes begin at once");
        let lane =
            |of: char| ended.borrow().iter().copied().filter(|name| name.starts_with(of)).collect::<Vec<_>>();
        assert_eq!((lane('a'), lane('b')), (vec!["a1", "a2", "a3"], vec!["b1", "b2"]));
    }
}
