import Foundation
import LinuxSystem
import Testing

@Suite struct ChildProcessTests {
  @Test func `a child's output, errors and status arrive`() throws {
    let child = try ChildProcess(["sh", "-c", "read x; echo got $x; echo no >&2; exit 3"])
    #expect(try child.write(Array("hi\n".utf8)) == 3)
    #expect(child.status(within: 5) == 3)
    #expect(try child.readOutput(limit: 100) == Array("got hi\n".utf8))
    #expect(child.readErrors(limit: 100) == Array("no\n".utf8))
    // The end is there once no child that another test is just starting has a copy of the pipe.
    var end = try child.readOutput(limit: 100)
    for _ in 0..<10_000 where end == nil {
      usleep(1000)
      end = try child.readOutput(limit: 100)
    }
    #expect(end == [])
  }

  @Test func `writing to a child that reads no more is an error and no signal`() throws {
    let child = try ChildProcess(["true"])
    #expect(child.status(within: 30) == 0)
    // A child that another test is just starting has copies of our pipes' ends until it runs its program.
    let error = #expect(throws: SystemError.self) {
      for _ in 0..<10_000 {
        _ = try child.write([1])
        usleep(1000)
      }
    }
    #expect(error?.errno == .brokenPipe)
  }

  @Test func `one that ignores everything is ended and reaped all the same`() throws {
    var child: ChildProcess? = try ChildProcess(["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"])
    let pid = try #require(child?.pid)
    while try child?.readOutput(limit: 9) == nil { usleep(1000) }
    child = nil
    #expect(!FileManager.default.fileExists(atPath: "/proc/\(pid)"))
  }

  @Test func `signals and failures to start are told apart`() throws {
    let child = try ChildProcess(["sleep", "60"])
    kill(child.pid, SIGINT)
    #expect(child.status(within: 5) == 128 + SIGINT)
    #expect(throws: SystemError.self) { _ = try ChildProcess(["/no/such/program"]) }
    #expect(throws: SystemError.self) { _ = try ChildProcess(["sh", "-c", "a\0b"]) }
    #expect(throws: SystemError.self) { _ = try ChildProcess([]) }
  }

  @Test func `a child inherits no other descriptor and no blocked signal`() throws {
    // What somebody opened without close-on-exec, some of it far up.
    let others = try [3, 100, 800].map { number in
      let other = fcntl(STDERR_FILENO, F_DUPFD, Int32(number))
      try #require(other >= number)
      return other
    }
    defer { for other in others { close(other) } }
    // The shell looks for itself: while it starts programs it has pipes, and blocks signals.
    let script = """
      n=0; while [ $n -lt 1024 ]; do [ -h /proc/$$/fd/$n ] && echo $n; n=$((n + 1)); done
      while read -r key value; do case $key in SigBlk:) echo "$value";; esac; done </proc/$$/status
      """
    let child = try ChildProcess(["sh", "-c", script], environment: nil)
    #expect(child.status(within: 30) == 0)
    let text = String(decoding: try child.readOutput(limit: 10000) ?? [], as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.dropLast() == ["0", "1", "2"], "\(text)")
    #expect(lines.last == "0000000000000000", "\(text)")
  }

  @Test func `a digest is what sha256sum says`() throws {
    for count in [0, 1, 55, 56, 63, 64, 65, 119, 120, 100_000] {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255) }
      let child = try ChildProcess(["sha256sum"])
      var sent = 0
      while sent < count {
        sent += try child.write(bytes, from: sent)
        _ = child.waitWritable(seconds: 1)
      }
      child.closeInput()
      #expect(child.status(within: 5) == 0)
      let said = String(decoding: try child.readOutput(limit: 64) ?? [], as: UTF8.self)
      #expect(FileDigest(of: bytes).hexadecimal == said)
    }
  }
}
