//! 吹哨报到 over the bus: the called units get their legs, and what they answer counts once.

use domain::case::event::WhistleKind;
use domain::case::{Command, PartCommand};
use domain::context::Actor;
use domain::ids::{CaseId, UnitId};
use domain::sealed::Sealed;
use engine::Request;
use engine::bus::Stream;
use serde_json::{Value, json};

use crate::world::{World, complaint};

const STREET: &str = "320506001";

impl World {
    /// A case that the street has, for which two departments are called.
    async fn called(&mut self) -> CaseId {
        let mut data = complaint("WH-1");
        data["item"] = json!("0305");
        self.complain("m1", data).await;
        self.intake.step().await.expect("a step");
        self.publish_all().await;
        let (case, unit) = self.task().await;
        let call = Command::SoundWhistle {
            kind: WhistleKind::Emergency,
            units: vec![UnitId::new("D-gongan"), UnitId::new("D-chengguan")],
            reason: "夜间聚众".to_owned(),
            place: "广场".to_owned(),
        };
        self.order(case, &unit, call).await;
        case
    }

    async fn order(&self, case: CaseId, unit: &str, command: Command) {
        let request = Request::case(case, command, Actor::person("jiedao", unit));
        self.engine.submit(request).await.expect("accepted");
    }

    async fn to(&self, unit: &str) -> Vec<Value> {
        let all = self.envelopes(Stream::Dispatch).await;
        all.into_iter().filter(|event| event["data"]["unit"] == unit).collect()
    }

    async fn says_on_leg(&mut self, unit: &str, case: CaseId, action: &str) {
        self.answer(unit, action, json!({"case": case, "action": action, "text": "已处置"})).await;
        self.responses.step().await.expect("a step");
    }
}

fn outcomes(messages: &[Value]) -> Vec<Value> {
    let answers = messages.iter().filter(|event| event["type"] == "whistlepost.answer");
    answers.map(|event| event["data"]["outcome"].clone()).collect()
}

pub async fn a_called_unit_gets_its_leg_and_answers_it(mut world: World) {
    let case = world.called().await;
    world.publish_all().await;
    let legs = world.to("D-gongan").await;
    assert_eq!(legs[0]["type"], "whistlepost.leg");
    for limit in ["respond", "finish"] {
        assert!(legs[0]["data"][limit]["due_at"].is_string(), "{limit}: {}", legs[0]);
    }
    assert!(
        legs[0]["data"]["arrive"].is_null() && legs[0]["data"]["arrive_within"].is_string(),
        "{}",
        legs[0]
    );
    for action in ["respond", "arrive", "finish"] {
        world.says_on_leg("D-gongan", case, action).await;
    }
    world.says_on_leg("D-chengguan", case, "arrive").await;
    world.says_on_leg("D-chengguan", case, "finish").await;
    world.order(case, STREET, Command::StandDown { whistle: None, reason: String::new() }).await;
    world.publish_all().await;
    let told = world.to("D-gongan").await;
    assert_eq!(outcomes(&told), ["accepted", "accepted", "accepted"]);
    let again = told.iter().rfind(|event| event["type"] == "whistlepost.leg").expect("its leg once more");
    assert!(again["data"]["arrive"]["due_at"].is_string(), "counted from the response: {again}");
    let last = told.last().expect("a message");
    assert_eq!(
        (&last["type"], &last["data"]["reason"]),
        (&json!("whistlepost.recall"), &json!("stood_down"))
    );
    let status: Vec<Value> = world.envelopes(Stream::Receipts).await;
    let steps = status.iter().filter(|event| event["data"]["event"] == "UnitArrived").count();
    assert_eq!(steps, 2, "the hotline can say that somebody is there");
}

pub async fn said_by_console_and_bus_it_is_one_acknowledgement(mut world: World) {
    let case = world.called().await;
    world.order(case, "D-gongan", Command::RespondWhistle).await;
    world.says_on_leg("D-gongan", case, "respond").await;
    world.publish_all().await;
    assert_eq!(outcomes(&world.to("D-gongan").await), ["duplicate"]);
    let history = world.engine.case(case).await.expect("the log").expect("the case");
    let responded = history.events.iter().filter(|event| event.event.event_type() == "WhistleResponded");
    assert_eq!(responded.count(), 1);
}

pub async fn who_was_not_called_is_refused_and_who_declines_is_decided_about(mut world: World) {
    let case = world.called().await;
    world.says_on_leg("D-gongan", case, "decline").await;
    let refuse = Command::AdjudicateDecline {
        unit: UnitId::new("D-gongan"),
        upheld: false,
        reason: "依清单".to_owned(),
    };
    world.order(case, "320506", refuse).await;
    let finish = Command::FinishLeg { feedback: Sealed("x".to_owned()) };
    let stranger = Request::case(case, finish, Actor::person("x", "D-shuiwu"));
    assert!(world.engine.submit(stranger).await.is_err());
    world.publish_all().await;
    let told = world.to("D-gongan").await;
    let legs = told.iter().filter(|event| event["type"] == "whistlepost.leg").count();
    assert_eq!(legs, 2, "called, and called again with other limits: {told:#?}");
}

pub async fn a_co_unit_gets_its_part_and_answers_it_in_the_words_of_every_task(mut world: World) {
    let case = world.called().await;
    world.order(case, STREET, Command::StandDown { whistle: None, reason: "误吹".to_owned() }).await;
    let add = PartCommand::AddCoUnit {
        units: vec![UnitId::new("D-shuiwu")],
        task: "抢修管道".to_owned(),
        within: None,
    };
    world.order(case, "320506", Command::Part(add)).await;
    world.publish_all().await;
    let task = world.to("D-shuiwu").await.remove(0);
    assert_eq!((&task["type"], &task["data"]["role"]), (&json!("whistlepost.dispatch"), &json!("co")));
    assert_eq!((&task["data"]["lead"], &task["data"]["part"]), (&json!(STREET), &json!(1)));
    assert!(task["data"]["sign"]["due_at"].is_string(), "{task:#?}");
    world.says_on_leg("D-shuiwu", case, "sign").await;
    world.says_on_leg("D-shuiwu", case, "result").await;
    world.publish_all().await;
    assert_eq!(outcomes(&world.to("D-shuiwu").await), ["accepted", "accepted"]);
    let history = world.engine.case(case).await.expect("the log").expect("the case");
    assert_eq!(history.state.parts.open().count(), 0);
    assert_eq!(history.state.lead, Some(UnitId::new(STREET)));
}
