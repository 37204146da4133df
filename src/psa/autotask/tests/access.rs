//! Finding the zone, getting in, and what a no means.

use super::*;

#[tokio::test]
async fn the_zone_is_asked_for_once_and_again_after_twelve_hours() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
            "GET Tickets/7" => json(json!({"item": row(7)})),
            _ => status(404),
        })
        .await;
        let autotask = site.autotask();
        let seven = id("7");
        let (a, b, c) = tokio::join!(autotask.ticket(&seven), autotask.ticket(&seven), autotask.ticket(&seven));
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        clock.sleep(Duration::from_secs(12 * 3600 - 1)).await;
        autotask.ticket(&seven).await.expect("a ticket");
        let zones = site.asked(ZONE);
        assert_eq!((zones.len(), zones[0].query.as_str()), (1, "user=api%2Buser%40desk.example"));
        assert!(!zones[0].headers.contains_key("secret"), "nobody logs in there");
        clock.sleep(Duration::from_secs(1)).await;
        autotask.ticket(&seven).await.expect("a ticket");
        assert_eq!(site.asked(ZONE).len(), 2);
        let calls = site.asked("GET /ATServicesRest/V1.0/Tickets/7");
        assert_eq!(calls.len(), 5);
        let header = |name: &str| calls[4].headers[name].as_str();
        assert_eq!((header("username"), header("secret")), ("api+user@desk.example", SECRET));
        assert_eq!((header("apiintegrationcode"), header("accept")), ("OUR-CODE", "application/json"));
        assert_eq!(autotask.meter().used, 2, "finding the zone does not count");
    })
    .await;
}

#[tokio::test]
async fn the_zone_is_where_the_answer_says_with_or_without_a_slash() {
    let clock = Clock::system();
    for (path, asked_at) in [("/atservicesrest", "/atservicesrest/V1.0"), ("/A/B/", "/A/B/V1.0")] {
        let site = Site::open(&clock, move |asked| match asked.what.strip_prefix("GET ") {
            Some(what) if what == format!("{asked_at}/Tickets/7") => json(json!({"item": row(7)})),
            Some("/atservicesrest/v1.0/zoneInformation") => json(json!({"url": format!("{}{path}", asked.origin)})),
            _ => status(404),
        })
        .await;
        let url = Some(format!("{}/ATServicesRest/V1.0", site.url));
        let ticket = Autotask::new(AutotaskSettings { url, ..site.settings() }).expect("set up").ticket(&id("7")).await;
        assert_eq!(ticket.expect("a ticket").link, None, "the zone has no web site");
    }
}

#[tokio::test]
async fn a_zone_that_cannot_be_trusted_is_not_called() {
    let clock = Clock::system();
    for url in [json!("http://webservices14.autotask.net/ATServicesRest/"), json!("elsewhere"), json!(null)] {
        let told = url.clone();
        let site = Site::open(&clock, move |asked| match asked.what.as_str() {
            ZONE => json(json!({"url": told.clone()})),
            _ => status(404),
        })
        .await;
        let error = site.autotask().ticket(&id("7")).await.expect_err("no zone");
        assert!(matches!(error, PsaError::BadAnswer { .. }), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_401_is_taken_for_a_move_once() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "GET /new/V1.0/Tickets/7" => json(json!({"item": row(7)})),
        "GET /old/V1.0/Tickets/7" => status(401),
        ZONE => status(404),
        _ => status(404),
    })
    .await;
    let moving = {
        let asked = Arc::new(Mutex::new(0));
        Site::open(&clock, move |call| {
            let mut asked = asked.lock().expect("unpoisoned");
            *asked += 1;
            let part = if *asked == 1 { "old" } else { "new" };
            match call.what.as_str() {
                ZONE => json(json!({"url": format!("{}/{part}", site.url)})),
                _ => status(404),
            }
        })
        .await
    };
    let autotask = moving.autotask();
    autotask.ticket(&id("7")).await.expect("found where it moved to");
    autotask.ticket(&id("7")).await.expect("still there");
    assert_eq!(moving.asked(ZONE).len(), 2);

    let site = Site::open(&clock, |asked| if asked.what == ZONE { status(404) } else { complains(401, SECRET) }).await;
    let error = site.autotask().ticket(&id("7")).await.expect_err("never let in");
    assert_eq!(error, PsaError::Unauthorized { why: Plain::new("no reason given") });
    assert_eq!((site.asked(ZONE).len(), site.asked("GET Tickets/7").len()), (2, 1));
}

#[tokio::test]
async fn while_the_directory_is_down_the_zone_is_where_it_was() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
            ZONE if asked.at > start() => status(503),
            "GET Tickets/7" => json(json!({"item": row(7)})),
            _ => status(404),
        })
        .await;
        let autotask = site.autotask();
        autotask.ticket(&id("7")).await.expect("a ticket");
        clock.sleep(Duration::from_secs(13 * 3600)).await;
        autotask.ticket(&id("7")).await.expect("a ticket");
        let asked = site.asked(ZONE).len();
        autotask.ticket(&id("7")).await.expect("a ticket");
        assert_eq!(site.asked(ZONE).len(), asked, "not asked again at once");
    })
    .await;
}

#[tokio::test]
async fn an_unknown_user_is_told_so_at_once() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        ZONE => complains(500, "Zone information could not be determined"),
        _ => status(404),
    })
    .await;
    let error = site.autotask().picklists().await.expect_err("unknown");
    assert_eq!(error, PsaError::Unauthorized { why: Plain::new("Zone information could not be determined") });
    assert_eq!(site.asked(ZONE).len(), 1);
    assert!(!format!("{:?}{:?}", site.settings(), site.autotask()).contains(SECRET));
}

#[tokio::test]
async fn addresses_are_checked_before_anything_is_sent() {
    let site = Site::open(&Clock::system(), |_| status(404)).await;
    let url = |url: &str| AutotaskSettings { url: Some(url.into()), ..site.settings() };
    for unusable in [url(""), url("acme"), url("http://webservices.autotask.net"), url("ftp://x.example")] {
        assert!(matches!(Autotask::new(unusable), Err(PsaError::Unreachable { .. })));
    }
    let link = |link: &str| AutotaskSettings { link: Some(link.into()), ..site.settings() };
    assert!(Autotask::new(link("https://x.example/t")).is_err() && Autotask::new(link("x/{id}")).is_err());
    assert!(Autotask::new(link("https://x.example/{id}")).is_ok());
    if let Err(error) = Autotask::new(AutotaskSettings { url: None, ..site.settings() }) {
        assert!(error.to_string().contains("CA certificates"), "{error}");
    }
}

#[tokio::test]
async fn every_refusal_is_told_in_our_words() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
            "GET Tickets/1" => complains(403, "No"),
            "GET Tickets/2" => status(404),
            "GET Tickets/3" => json(json!({"item": null})),
            "GET Tickets/4" => "<html>login</html>".into_response(),
            "GET Tickets/5" => {
                complains(500, "The logged in Resource does not have the adequate permissions to do this.")
            }
            "GET Tickets/6" => json(json!({"item": row(7)})),
            "GET Tickets/8" => says(200, json!({"item": row(8), "errors": ["Half of it"]})),
            "GET Tickets/9" => complains(409, "You have exceeded the thread threshold (Itgenatr005)"),
            "GET Tickets/10" => complains(500, "The thread THRESHOLD of 3 threads was reached"),
            "GET Tickets/11" => complains(500, "Object reference not set"),
            "GET Tickets/12" => json(json!({"item": {"id": 12}})),
            "GET Tickets/13" => says(200, json!({"item": null, "errors": [{"odd": [1]}]})),
            "GET Tickets/14" => status(502),
            _ => status(404),
        })
        .await;
        let autotask = site.autotask();
        for (ticket, said) in [
            ("1", "the API user may not read ticket 1 (No). Widen its role in the PSA"),
            ("2", "the PSA has no ticket 2"),
            ("3", "the PSA has no ticket 3"),
            ("4", "no JSON from line 1, column 1 on"),
            ("5", "the API user may not read ticket 5 (The logged in Resource"),
            ("6", "it holds another ticket"),
            ("8", "Half of it"),
            ("9", "the PSA asks us to slow down"),
            ("10", "the PSA asks us to slow down"),
            ("11", "Object reference not set"),
            ("12", "the ticket has no time of change"),
            ("13", "no reason given"),
            ("14", "HTTP 502"),
            ("x", "the PSA has no ticket x"),
        ] {
            let error = autotask.ticket(&id(ticket)).await.expect_err("refused").to_string();
            assert!(error.contains(said), "{ticket}: {error}");
        }
        let calls = |ticket: i64| site.asked(&format!("GET Tickets/{ticket}")).len();
        assert_eq!((calls(5), calls(11)), (1, 1), "a 500 that says why would say it again");
        assert_eq!(calls(10), 4, "too many at once may pass");
        let error = autotask.changed(start(), None).await.expect_err("no such place");
        assert!(matches!(error, PsaError::BadAnswer { .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn the_budget_is_a_share_and_one_entity_is_called_one_at_a_time() {
    let clock = Clock::system();
    let busy = Arc::new(Mutex::new(0));
    let site = Site::open(&clock, move |asked| match asked.of_api().as_str() {
        "GET Tickets/7" => {
            // The answer is made while the lock is held: a second call at the same time finds it so.
            let _alone = busy.try_lock().expect("one at a time");
            std::thread::sleep(Duration::from_millis(1));
            json(json!({"item": row(7)}))
        }
        _ => status(404),
    })
    .await;
    let autotask = Autotask::new(AutotaskSettings { budget_percent: 25, ..site.settings() }).expect("set up");
    let meter = autotask.meter();
    assert_eq!((meter.used, meter.limit, meter.window_seconds), (0, 2500, 3600));
    let seven = id("7");
    let all = futures::future::join_all((0..8).map(|_| autotask.ticket(&seven))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(autotask.meter().used, 8);
}

#[tokio::test]
async fn rights_are_told_as_far_as_the_psa_tells_them() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
        "GET Tickets/entityInformation" => json(
            json!({"info": {"name": "Ticket", "canQuery": true, "canUpdate": true, "userAccessForUpdate": "None"}}),
        ),
        ZONE => status(404),
        _ => complains(403, "No"),
    })
    .await;
    let rights = site.autotask().rights().await.expect("rights");
    let granted: Vec<(&str, Option<bool>)> = rights.iter().map(|right| (right.what, right.granted)).collect();
    let expected =
        [("read tickets", Some(true)), ("change tickets", Some(false)), ("read notes", None), ("add notes", None)];
    assert_eq!(granted, expected);
}
