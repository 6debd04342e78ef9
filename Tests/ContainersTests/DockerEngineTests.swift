import Flows
import LinuxSystem
import ProgramDoubles
import Testing

@testable import Containers

/// Against a socket that plays the engine: slow, broken and forbidding ones cannot be had otherwise.
@Suite struct DockerEngineTests {
  static let id = ContainerCgroupTests.id
  static let list = """
    [{"Id":"\(id)","Names":["/web","/other/alias"],"Image":"nginx","State":"running","Labels":null,"Ports":[{"IP":"::",\
    "PrivatePort":80,"PublicPort":8080,"Type":"tcp"},{"PrivatePort":443,"Type":"tcp"}],"NetworkSettings":{"Networks":\
    {"bridge":{"IPAddress":"172.17.0.2","GlobalIPv6Address":"","MacAddress":"02:42:ac:11:00:02"}}}},{"Names":[]},17]
    """
  static let inspection = """
    {"Id":"\(id)","Name":"/web","State":{"Status":"running","Pid":4711},"NetworkSettings":{"SandboxKey":"/var/run/docker/\
    netns/1a","Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}],"443/tcp":null}}}
    """

  static func engine(_ socket: ScriptedEngine, milliseconds: Int = 2000) -> DockerEngine {
    DockerEngine(.unix(socket.path), timeout: .milliseconds(milliseconds))
  }

  static func failure(_ engine: DockerEngine) -> DockerError.Code? {
    do throws(DockerError) {
      _ = try engine.containers()
      return nil
    } catch {
      return error.code
    }
  }

  @Test func `a list is completed with pid and sandbox, over one version of the API`() throws {
    let socket = try ScriptedEngine { target in
      switch target {
      case "/version": ScriptedEngine.version
      case "/v1.52/containers/json?all=1": ScriptedEngine.response(Self.list)
      case "/v1.52/containers/\(Self.id)/json": ScriptedEngine.response(Self.inspection)
      default: ScriptedEngine.response(#"{"message":"no"}"#, status: "404 Not Found")
      }
    }
    let catalog = ContainerCatalog.load([Self.engine(socket)])
    #expect(catalog.notes == [])
    let entry = try #require(catalog.entries.first)
    #expect(catalog.entries.count == 1)
    #expect(entry.details.pid == 4711)
    #expect(entry.details.sandboxKey == "/var/run/docker/netns/1a")
    #expect(entry.details.publishedPorts.map(\.hostAddress) == [.anyV4, .anyV6])
    #expect(entry.container.address == IPAddress("172.17.0.2"))
    #expect(catalog.container(named: "web").map(\.id) == [Self.id])
    #expect(catalog.container(named: "01234567").map(\.name) == ["web"])
    #expect(catalog.container(named: "0") == [])
    #expect(catalog.entries(publishing: 8080, .tcp, at: IPAddress.v4(0x0A00_0001)).count == 1)
    let paths = [
      CgroupPath(hierarchy: 0, controllers: [], path: "/docker/\(Self.id)/docker/\(ContainerCgroupTests.other)")
    ]
    #expect(catalog.container(forCgroupPaths: paths)?.name == "web")
    #expect(
      catalog.containers(forCgroupPaths: paths).map(\.reason) == [
        nil, "no container engine on this host knows its name",
      ])
  }

  @Test func `a body in chunks, and one that ends with the connection, are read`() throws {
    let chunked = try ScriptedEngine { target in
      target == "/version"
        ? .bytes(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\n{\"Api\r\nF\r\nVersion\":\"1.24\"\r\n1\r\n}\r\n0\r\n\r\n"
        )
        : .bytesThenClose("HTTP/1.0 200 OK\r\n\r\n[]")
    }
    #expect(try Self.engine(chunked).version().api == "1.24")
    #expect(try Self.engine(chunked).containers() == [])
  }

  @Test func `an engine that never answers is slow, and so is one that drips`() throws {
    let clock = ContinuousClock()
    let silent = try ScriptedEngine { _ in .silence }
    let dripping = try ScriptedEngine { _ in .drip("HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 500)) }
    for socket in [silent, dripping] {
      let taken = clock.measure { #expect(Self.failure(Self.engine(socket, milliseconds: 200)) == .slow) }
      #expect(taken >= .milliseconds(190))
      // What drips takes sixty seconds.
      #expect(taken < .seconds(20))
    }
    let catalog = ContainerCatalog.load([Self.engine(silent, milliseconds: 100)])
    #expect(catalog.notes.count == 1)
    let paths = [CgroupPath(hierarchy: 0, controllers: [], path: "/docker/\(Self.id)")]
    #expect(catalog.container(forCgroupPaths: paths)?.reason == catalog.notes.first)
    // They listen as long as they live, which is otherwise until their last use.
    withExtendedLifetime((silent, dripping)) {}
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", "garbage\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nnot json",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "[", count: 100_000), "HTTP/1.1 101 Switching\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
  ]) func `an answer that is none is malformed`(answer: String) throws {
    let socket = try ScriptedEngine { _ in .bytesThenClose(answer) }
    #expect(Self.failure(Self.engine(socket)) == .malformed)
  }

  @Test func `a refusal keeps the engine's words`() throws {
    let socket = try ScriptedEngine { _ in ScriptedEngine.response(#"{"message":"by policy"}"#, status: "403 Forbidden")
    }
    do throws(DockerError) {
      _ = try Self.engine(socket).containers()
      Issue.record("it answered")
    } catch {
      #expect(error.code == .refused(status: 403))
      #expect(error.cause == "by policy")
    }
  }

  @Test func `no socket is absent, and no note`() {
    let engine = DockerEngine(.unix("/tmp/headwater-no-such.sock"))
    #expect(Self.failure(engine) == .absent)
    #expect(ContainerCatalog.load([engine]).notes == [])
  }

  @Test func `a denial by the kernel is denied`() {
    #expect(DockerError(SystemError("connect", .accessDenied), "ask").code == .denied)
  }

  @Test(arguments: [
    ("1.52", "1.44", "1.52"), ("1.99", "1.44", "1.52"), ("1.24", "1.12", "1.24"), ("1.41", "1.24", "1.41"),
  ])
  func `the newest version that both speak is asked for`(newest: String, oldest: String, expected: String) {
    let body = #"{"ApiVersion":"\#(newest)","MinAPIVersion":"\#(oldest)"}"#
    #expect(DockerVersion(parsing: Array(body.utf8))?.api == expected)
  }

  @Test(arguments: [("1.70", "1.60"), ("1.20", "1.12"), ("2.0", "2.0"), ("", "")])
  func `engines too new or too old are not asked`(newest: String, oldest: String) {
    let body = #"{"ApiVersion":"\#(newest)","MinAPIVersion":"\#(oldest)"}"#
    #expect(DockerVersion(parsing: Array(body.utf8)) == nil)
  }

  @Test func `DOCKER_HOST is a socket, a numeric address, or a clear error`() throws {
    #expect(try DockerAddress(dockerHost: "unix:///run/d.sock") == .unix("/run/d.sock"))
    #expect(try DockerAddress(dockerHost: "tcp://127.0.0.1:2375") == .tcp(Endpoint(.v4(0x7F00_0001), 2375)))
    #expect(try DockerAddress(dockerHost: "tcp://[::1]:1/") == .tcp(Endpoint(.v6(1), 1)))
    for text in ["ssh://me@host", "fd://", "tcp://name:2375", "unix://relative", "", "npipe:////./pipe/docker"] {
      #expect(throws: DockerError.self) { try DockerAddress(dockerHost: text) }
    }
  }

  @Test func `a name that could change the request is never sent`() throws {
    let socket = try ScriptedEngine {
      $0 == "/version" ? ScriptedEngine.version : ScriptedEngine.response(Self.inspection)
    }
    #expect(try Self.engine(socket).inspect("web").pid == 4711)
    for name in ["", "a/b", "a b", "x\r\nHost: y", "..?a=b", "é"] {
      #expect(throws: DockerError.self) { try Self.engine(socket).inspect(name) }
    }
  }
}
