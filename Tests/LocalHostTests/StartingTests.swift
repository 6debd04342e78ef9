import Flows
import Lab
import LinuxSystem
import Testing

@testable import LocalHost

/// Why a process runs, from files and from what processes say of themselves.
struct StartingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var root: RootFolder { RootFolder(folder.path) }

  @Test func `the folders of at among the users' crontabs leave all lines known`() throws {
    try folder.write("etc/crontab", "* * * * * root /bin/one\n")
    try folder.write("var/spool/cron/crontabs/eve", "* * * * * /bin/two\n")
    try folder.write("var/spool/cron/atjobs/.SEQ", "00001\n")
    try folder.write("var/spool/cron/atspool/note", "")
    let found = CronJobs.jobs(in: root)
    #expect(found.unread == nil)
    #expect(found.jobs.map(\.file) == ["/etc/crontab", "/var/spool/cron/crontabs/eve"])
  }

  @Test func `a timer that does not run starts nothing`() throws {
    try folder.write("etc/systemd/system/poll.timer", "[Timer]\nOnCalendar=minutely\n")
    try folder.write("etc/systemd/system/poll.service", "[Service]\nExecStart=/bin/poll\nRestart = always\n")
    // Where systemd keeps no list nobody knows, and the timer is there.
    #expect(UnitFiles.timer(of: "poll.service", user: nil, in: root)?.name == "poll.timer")
    try folder.write("run/systemd/units/invocation:poll.service", "")
    #expect(UnitFiles.timer(of: "poll.service", user: nil, in: root) == nil)
    let service = try #require(UnitFiles.service("poll.service", user: nil, in: root))
    #expect(service.file == "/etc/systemd/system/poll.service" && service.restart == "always")
    try folder.write("run/systemd/units/invocation:poll.timer", "")
    #expect(UnitFiles.timer(of: "poll.service", user: nil, in: root)?.file == "/etc/systemd/system/poll.timer")
  }

  @Test func `a template's service has the file of the template`() throws {
    try folder.write("usr/lib/systemd/system/poll@.service", "[Service]\nRestart=no\n")
    let service = try #require(UnitFiles.service("poll@a.service", user: nil, in: root))
    #expect(service.file == "/usr/lib/systemd/system/poll@.service" && service.restart == nil)
    #expect(UnitFiles.service("other@a.service", user: nil, in: root) == nil)
  }

  @Test(arguments: [
    ("runsv", "/usr/bin/runsv", ["runsv", "poll"], "by runit, service poll"),
    ("s6-supervise", "/usr/bin/s6-supervise", ["s6-supervise", "poll"], "by s6, service poll"),
    ("supervisord", "/usr/bin/python3.11", ["/usr/bin/python3", "/usr/bin/supervisord", "-n"], "by supervisord"),
    ("tmux: server", "/usr/bin/tmux", ["tmux", "new"], "in a tmux session of eve"),
    ("atd", "/usr/sbin/atd", ["atd", "-f"], "by an at job"),
    ("PM2 v5.3.0: God", "/usr/bin/node", ["PM2 v5.3.0: God Daemon (/root/.pm2)"], "by PM2"),
  ])
  func `a supervisor says which service it is that it keeps running`(
    name: String, file: String, command: [String], text: String
  ) throws {
    var process = Process(pid: 7, name: name, executable: file, command: command, user: "eve")
    let files = ProcessFiles(root: folder.path)
    #expect(Supervisor(process)?.text(startedAs: nil, files) == text)
    // A name alone is anybody's.
    process.executable = "/usr/bin/perl"
    process.command = ["perl", "-e", "1"]
    #expect(Supervisor(process) == nil)
  }

  @Test func `a program of supervisord has its name`() throws {
    let process = Process(
      pid: 7, name: "supervisord", executable: "/usr/bin/python3", command: ["python3", "/usr/bin/supervisord"])
    try folder.write("8/environ", "A=b\u{0}SUPERVISOR_PROCESS_NAME=poll\u{0}")
    let child = Process(pid: 8, name: "sh")
    #expect(
      Supervisor(process)?.text(startedAs: child, ProcessFiles(root: folder.path)) == "by supervisord, program poll")
  }
}
