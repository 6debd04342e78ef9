import Testing

@testable import LocalHost

struct CrontabTests {
  private let text = """
    # m h dom mon dow command
    SHELL = /bin/sh
    MAILTO=""
    */5 * * * * /usr/bin/wget -q http://a.example/feed
    @hourly\tcd /srv && ./poll.sh 50\\% --now%input
    0 3 * * 1-5 root /usr/sbin/backup

    """

  @Test func `a crontab's jobs have their lines and commands`() {
    let jobs = Crontab.jobs(in: text, file: "/var/spool/cron/crontabs/eve", .user("eve"))
    #expect(jobs.map(\.line) == [4, 5, 6] && jobs.allSatisfy { $0.user == "eve" })
    #expect(jobs[0].command == "/usr/bin/wget -q http://a.example/feed")
    // Behind an unescaped percent sign is the command's input.
    #expect(jobs[1].command == "cd /srv && ./poll.sh 50% --now")
  }

  @Test func `the system's crontab has a user before each command`() {
    let jobs = Crontab.jobs(in: text, file: "/etc/crontab", .system)
    #expect(jobs.last?.command == "/usr/sbin/backup" && jobs.last?.line == 6 && jobs.last?.user == "root")
  }

  @Test func `anacron's table has a period, a delay and a name before each command`() {
    let jobs = Crontab.jobs(
      in: "START_HOURS_RANGE=3-22\n1 5 cron.daily nice run-parts /etc/cron.daily\n", file: "a", .anacron)
    #expect(jobs.map(\.command) == ["nice run-parts /etc/cron.daily"] && jobs.first?.partsFolder == "/etc/cron.daily")
  }

  @Test func `a folder of scripts is found in the line that runs it`() {
    let line = "17 * * * * root cd / && run-parts --report /etc/cron.hourly"
    #expect(Crontab.jobs(in: line, file: "f", .system).first?.partsFolder == "/etc/cron.hourly")
    let test = "25 6 * * * root test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )"
    #expect(Crontab.jobs(in: test, file: "f", .system).first?.partsFolder == "/etc/cron.daily")
    #expect(Crontab.jobs(in: "* * * * * root /usr/bin/wget /x", file: "f", .system).first?.partsFolder == nil)
  }

  @Test func `the job of a program is its exact command, or the only one that names it`() {
    let jobs = Crontab.jobs(
      in: "* * * * * wget http://a\n* * * * * wget http://b\n* * * * * /opt/a-very-long-name.sh\n", file: "f",
      .user("u"))
    #expect(Crontab.job(of: ["wget"], command: "wget http://b", among: jobs)?.line == 2)
    #expect(Crontab.job(of: ["wget", "sh", "cron"], command: nil, among: jobs) == nil)
    // The script that started the program, by the kernel's 15 bytes
    #expect(Crontab.job(of: ["curl", "a-very-long-nam", "sh"], command: nil, among: jobs)?.line == 3)
    #expect(Crontab.job(of: ["curl", "sh"], command: nil, among: jobs) == nil)
    #expect(Crontab.job(of: ["curl", "sh"], command: nil, among: Array(jobs.prefix(1)))?.line == 1)
  }

  @Test(arguments: [
    "", "\n\n", "* * *", "@daily", "% % % % % %", String(repeating: "* ", count: 9999), "\u{0}\u{1b}[31m",
  ])
  func `text that is no crontab has no jobs and does no harm`(text: String) {
    #expect(Crontab.jobs(in: text, file: "f", .system).allSatisfy { !$0.command.isEmpty })
  }

  @Test func `a timer starts the service of its name, or the one that it says`() {
    #expect(UnitFiles.starts("[Timer]\nOnCalendar=daily\n", "poll.timer") == "poll.service")
    #expect(UnitFiles.starts("[Timer]\nOnCalendar=daily\nUnit = fetch.service\n", "poll.timer") == "fetch.service")
  }
}
