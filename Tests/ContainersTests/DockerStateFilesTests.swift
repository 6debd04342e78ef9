import Flows
import Lab
import LinuxSystem
import Testing

@testable import Containers

@Suite struct DockerStateFilesTests {
  private let id = String(repeating: "ab", count: 32)

  /// A folder as dockerd keeps it, with one container and files that are none.
  private func withFolder(_ configuration: String, _ body: (DockerStateFiles) throws -> Void) throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("empty")
    // dockerd 20.10, shortened
    try folder.write("\(id)/config.v2.json", configuration)
    try folder.write("\(id)/hostconfig.json", #"{"NetworkMode":"default","Privileged":false}"#)
    try folder.write("other/config.v2.json", configuration)
    try body(DockerStateFiles(folder: folder.path))
  }

  private var configuration: String {
    """
    {"StreamConfig":{},"State":{"Running":true,"Paused":false,"Pid":4711,"ExitCode":0},"ID":"\(id)",
     "Config":{"Hostname":"web","Env":["TOKEN=secret"],"Image":"nginx:1.27","Labels":{"a.B":"c"}},
     "Image":"sha256:00","NetworkSettings":{"SandboxKey":"/var/run/docker/netns/0123456789ab",
     "Networks":{"bridge":{"NetworkID":"ff","IPAddress":"172.17.0.2","MacAddress":"02:42:ac:11:00:02"}},
     "Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}]}},"Name":"/web","RestartCount":0}
    """
  }

  @Test func `a container is read as the engine would describe it`() throws {
    try withFolder(configuration) { files in
      let (containers, unread) = try files.containers()
      #expect(unread.isEmpty)
      #expect(containers.count == 1, "a copy under another id is not believed")
      let web = try #require(containers.first)
      #expect(web.id == id && web.names == ["web"] && web.image == "nginx:1.27" && web.labels == ["a.B": "c"])
      #expect(web.pid == 4711 && web.isRunning && web.networkMode == "default")
      #expect(web.sandboxKey == "/var/run/docker/netns/0123456789ab")
      #expect(web.container(runtime: "docker").address == IPAddress("172.17.0.2"))
      #expect(web.publishedPorts.map(\.hostPort) == [8080])
      #expect(!"\(web)".contains("secret"))
    }
  }

  @Test func `state files that may not be read are said`() throws {
    let folder = try TemporaryFolder()
    try folder.write("\(id)/config.v2.json", configuration)
    try folder.write("\(id)/hostconfig.json", #"{"NetworkMode":"host"}"#)
    let files = DockerStateFiles(folder: folder.path)
    try folder.denying("\(id)/hostconfig.json") {
      let (containers, unread) = try files.containers()
      #expect(containers.map(\.networkMode) == [nil])
      #expect(unread == [SystemError("read \(folder.path)/\(id)/hostconfig.json", .accessDenied)])
    }
    try folder.denying("\(id)/config.v2.json") {
      let (containers, unread) = try files.containers()
      #expect(containers.isEmpty && unread.map(\.errno) == [.accessDenied])
    }
    try folder.denying("") {
      #expect(throws: SystemError("list \(folder.path)", .accessDenied)) { _ = try files.containers() }
    }
  }

  @Test(arguments: ["", "{", "[]", "null", #"{"ID":7}"#, #"{"Name":"/x"}"#, "\u{0}\u{1}"])
  func `what is no description is left out`(_ text: String) throws {
    try withFolder(text) { files in
      let found = try files.containers().containers
      #expect(found.isEmpty)
    }
  }

  @Test func `the folder lies beside the socket, in an engine's own root too`() {
    func folder(_ socket: String) -> String? { DockerStateFiles(of: .unix(socket))?.folder }
    #expect(folder("/run/docker.sock") == "/var/lib/docker/containers")
    #expect(folder("/var/run/docker.sock") == "/var/lib/docker/containers")
    #expect(folder("/proc/7/root/run/docker.sock") == "/proc/7/root/var/lib/docker/containers")
    #expect(folder("/tmp/other.sock") == nil)
    #expect(throws: SystemError("list /nonexistent", .noSuchFile)) {
      _ = try DockerStateFiles(folder: "/nonexistent").containers()
    }
  }
}
