import Flows
import Lab
import LinuxSystem
import Testing

@testable import Programs
@testable import Containers
@testable import Proxies
@testable import VPNs

/// What may not be read is never taken for what is not there: each reader says so.
@Suite struct DeniedFilesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `folders that nginx may list and we may not are problems`() throws {
    try folder.write("etc/nginx/nginx.conf", "http {\n include conf.d/*.conf;\n include sites/*/site.conf;\n}")
    try folder.write("etc/nginx/conf.d/a.conf", "a;")
    try folder.write("etc/nginx/sites/one/site.conf", "one;")
    try folder.write("etc/nginx/sites/two/site.conf", "two;")
    let root = RootFolder(folder.path)
    #expect(NginxConfiguration(in: root).directives.first?.block?.map(\.name) == ["a", "one", "two"])
    try folder.denying("etc/nginx/conf.d", "etc/nginx/sites/two") {
      let configuration = NginxConfiguration(in: root)
      #expect(configuration.directives.first?.block?.map(\.name) == ["one"])
      #expect(
        configuration.problems.map(\.description) == [
          "/etc/nginx/nginx.conf:2: list \(folder.path)/etc/nginx/conf.d: Permission denied",
          "/etc/nginx/nginx.conf:3: list \(folder.path)/etc/nginx/sites/two: Permission denied",
        ])
    }
  }

  @Test func `hosts of a Nginx Proxy Manager that may not be listed are problems`() throws {
    try folder.write("data/nginx/proxy_host/1.conf", "server { server_name a.example; }")
    try folder.write("data/nginx/default_host/site.conf", "server { server_name _; }")
    let root = RootFolder(folder.path)
    #expect(NginxProxyManagerHosts(in: root)?.problems.isEmpty == true)
    try folder.denying("data/nginx/proxy_host", "data/nginx/default_host") {
      let hosts = try #require(NginxProxyManagerHosts(in: root), "what may not be seen may well be there")
      #expect(hosts.hosts.isEmpty && hosts.defaultSite == nil)
      #expect(
        hosts.problems.map(\.description) == [
          "/data/nginx/proxy_host:1: list \(folder.path)/data/nginx/proxy_host: Permission denied",
          "/data/nginx/default_host/site.conf:1: read \(folder.path)/data/nginx/default_host/site.conf: Permission denied",
        ])
    }
    try folder.denying("data") { #expect(NginxProxyManagerHosts(in: root)?.problems.count == 5) }
  }

  /// A made-up process below `proc`, whose root is the folder `tree`.
  private func process(_ pid: Int32, _ name: String, _ command: [String]) throws -> ProcessFiles {
    try folder.write("proc/\(pid)/stat", "\(pid) (\(name)) S 1 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 500 100 200\n")
    try folder.write("proc/\(pid)/cmdline", command.map { $0 + "\0" }.joined())
    try folder.write(
      "proc/\(pid)/status", "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\nNSpid:\t\(pid)\nCapEff:\t000001ffffffffff\n"
    )
    try folder.write("proc/\(pid)/task/\(pid)/children", "")
    try folder.write("proc/\(pid)/environ", "CONFIG=x\0")
    try folder.makeFolder("proc/\(pid)/fd")
    try folder.makeFolder("tree")
    try folder.link("proc/\(pid)/root", to: "\(folder.path)/tree")
    // Any program that is not set-user-ID: what one names is read with its rights.
    try folder.write("programs/\(name)", "")
    try folder.link("proc/\(pid)/exe", to: "\(folder.path)/programs/\(name)")
    return ProcessFiles(root: "\(folder.path)/proc")
  }

  @Test func `an nginx whose working directory is hidden has that for its only problem`() throws {
    let files = try process(55, "nginx", ["nginx: master process nginx -p srv -c nginx.conf"])
    try folder.link("proc/55/cwd", to: "/opt")
    let invocation = try #require(try NginxInvocation(of: 55, in: files))
    #expect(invocation.resolvedFile == "/opt/srv/nginx.conf")
    #expect(try NginxInvocation(of: 56, in: files) == nil, "it has ended")
    try folder.denying("proc/55") {
      #expect(throws: ProcessError.self) { try NginxInvocation(of: 55, in: files) }
      let configuration = try #require(NginxConfiguration(of: 55, in: files))
      #expect(configuration.directives.isEmpty)
      #expect(
        configuration.problems.map(\.text)
          == ["the state of process 55 cannot be read\(Capabilities.CAP_SYS_PTRACE.refusal("Permission denied"))"])
    }
  }

  @Test func `a HAProxy that may not be looked at is not one that has gone`() throws {
    let files = try process(55, "haproxy", ["haproxy", "-f", "/etc/haproxy.cfg"])
    let gone = #expect(throws: HAProxyError.self) { try HAProxyProcess(reading: 56, from: files) }
    #expect(gone?.code == .own(.noProcess))
    try folder.denying("proc/55/cmdline") {
      let refused = #expect(throws: HAProxyError.self) { try HAProxyProcess(reading: 55, from: files) }
      #expect(refused?.code == .denied)
      #expect(
        refused?.description
          == "read haproxy 55: the command line of process 55 cannot be read"
          + Capabilities.CAP_SYS_PTRACE.refusal("Permission denied"))
    }
  }

  @Test func `an OpenVPN server says which of its files may not be read`() throws {
    let words = ["openvpn", "--server", "10.8.0.0", "255.255.255.0", "--client-config-dir", "/ccd"]
    _ = try process(55, "openvpn", words)
    try folder.write("tree/ccd/alpha", "ifconfig-push 10.8.0.9 255.255.255.0\n")
    try folder.write("tree/ccd/beta", "ifconfig-push 10.8.0.10 255.255.255.0\n")
    let server = try OpenVPNServer(pid: 55, command: words, proc: "\(folder.path)/proc")
    let alpha = try #require(IPAddress("10.8.0.9"))
    #expect(try server.client(for: alpha).commonName == "alpha")
    try folder.denying("tree/ccd/beta") {
      let clients = try server.clients()
      #expect(clients.client(for: alpha)?.commonName == "alpha")
      #expect(clients.source.doubt?.contains("1 of its files can't be read") == true)
    }
    try folder.denying("tree/ccd", "proc/55/fd") {
      let unknown = #expect(throws: OpenVPNUnknown.self) { try server.clients() }
      let reason = unknown?.reason ?? ""
      #expect(reason.contains("read the open files of process 55: Permission denied"))
      #expect(reason.contains("read the client addresses in /ccd: Permission denied"))
    }
  }

  @Test func `names of services that may not be read are not the same as none`() throws {
    try folder.write("services", "https 443/tcp\n")
    let path = "\(folder.path)/services"
    #expect(ServiceNames(file: path).name(of: 443, .tcp) == "https")
    try folder.denying("services") {
      #expect(ServiceNames(file: path).failure == SystemError("open \(path)", .accessDenied))
    }
    #expect(ServiceNames(file: "/nowhere").failure == nil)
  }

  @Test func `an error keeps what it was caused by`() {
    let cause = SystemError("connect to /run/docker.sock", .accessDenied)
    let docker = DockerError(cause, "ask the version")
    #expect(docker.code == .denied && docker.cause == .system(cause))
    #expect(docker.description == "ask the version: connect to /run/docker.sock: Permission denied")
    #expect(DockerError(.refused(status: 404), "inspect").description == "inspect: HTTP status 404")
    #expect(TunnelError(.own(.errno(.notPermitted)), "ask").description == "ask: Operation not permitted")
    #expect(
      HAProxyError(.own(.replaced(by: 7)), "ask").description
        == "ask: process 7 answers at the stats socket: it took over in a reload")
    #expect(OpenVPNError(.slow, "ask").description == "ask: no answer in time")
    let codes: [(Errno, DockerError.Code)] = [
      (.noSuchFile, .absent), (.connectionRefused, .absent), (.hostUnreachable, .absent), (.notPermitted, .denied),
      (.timedOut, .slow), (.notSupported, .unsupported), (.tooManyFiles, .broken), (.brokenPipe, .broken),
    ]
    for (errno, code) in codes { #expect(DockerError(SystemError("x", errno), "y").code == code) }
  }
}
