import Flows
import Questions
import Testing

/// What leaves a host in a bundle has no values of command lines, wherever one is quoted.
@Suite struct RedactionTests {
  @Test func `the command line of who started a process is cut like the process's own`() {
    var process = Process(pid: 7, name: "curl", command: ["/usr/bin/curl", "-u", "user:hunter2"])
    process.startedBy = Process.Starter(
      pid: 6, name: "sh", command: ["/bin/sh", "-c", "API=hunter2; while :; do curl -u user:hunter2 x; done"],
      reason: "by the entrypoint of container web: /start --password hunter2, Compose project shop service web")
    let shown = process.withoutSecrets()
    #expect(!"\(shown)".contains("hunter2"), "\(shown)")
    #expect(shown.startedBy?.command?.first == "/bin/sh")
    #expect(
      shown.startedBy?.reason
        == "by the entrypoint of container web: \(SecretFilter.mark), Compose project shop service web")
  }
}
