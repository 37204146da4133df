mod terminal;
use terminal::*;
#[test]
fn peek() {
    for size in [(80,24),(120,40),(200,50)] {
    let mut t = Terminal::open(size, &["demo","--speed","0","--seed","7","--no-clock","--no-ages"]);
    let start = std::time::Instant::now();
    t.wait_for("a ticket", |s| s.contents().contains('›'));
    eprintln!("{:?}", start.elapsed());
    t.wait_for_silence(std::time::Duration::from_secs(3));
    eprintln!("{:?} {} bytes\n{}", start.elapsed(), t.bytes_written(), t.look(|s| lines(s).join("\n")));
    if size.0==80 { for k in ["j","\r","\x1b","e", "n", "t","\x1b","?","\x1b","/", "edi\r","v","\r","v","v","\x1b"] { t.send(k); std::thread::sleep(std::time::Duration::from_millis(700)); 
    eprintln!("---- {k:?}\n{}", t.look(|s| lines(s).join("\n"))); } }
    t.send("q");
    eprintln!("{:?}", t.exit_code());
    eprintln!("{:?}", t.raw_text().chars().rev().take(200).collect::<Vec<_>>().iter().rev().collect::<String>());
    }
}
