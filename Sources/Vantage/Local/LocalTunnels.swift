internal import Clues
internal import Flows
internal import LinuxSystem
internal import Netlink

/// Who is behind the VPN devices of this host, as the programs that hold them say.
struct LocalTunnels: Sendable {
  /// What a program said is taken for true for so many seconds.
  private static let lifetime = 1.0

  private var openVPN: [Int32: Read<KnownServer>] = [:]
  private var wireGuard: [Device: Read<Result<WireGuardDevice, any Error>>] = [:]
  private var names: [String: Read<WireGuardPeerNames>] = [:]

  private struct Device: Hashable {
    let namespace: Place
    let name: String
  }

  private struct KnownServer: Sendable {
    let server: OpenVPNServer
    let clients: Result<OpenVPNClients, OpenVPNUnknown>
  }

  private struct Read<Value: Sendable>: Sendable {
    let value: Value
    let time: Double
    var isFresh: Bool { MonotonicClock.seconds - time < LocalTunnels.lifetime }
    init(_ value: Value) {
      self.value = value
      time = MonotonicClock.seconds
    }
  }

  /// Who has `address` behind `device` of `place`; nil if the device is no tunnel (a virtual machine's, a bridge).
  mutating func answer(
    _ address: IPAddress, _ device: Interface, _ place: NamespaceDescription, _ namespaces: LocalNamespaces
  ) -> TunnelAnswer? {
    if device.kind == .wireguard {
      return peer(
        address, device, Owner(isKernel: true), command: entry(place, "wg show \(device.name) dump"),
        in: read(Device(namespace: place.id, name: device.name)) {
          guard let found = try namespaces.wireGuard(place.id)?.device(device.index) else {
            throw NetlinkError(.unsupported, "read WireGuard device \(device.name)", detail: "it is gone")
          }
          return found
        }, roots: [.own] + (place.pid.map { [RootFolder(ofProcess: $0)] } ?? []))
    }
    guard device.kind == .tun else { return nil }
    guard let owner = device.deviceOwner, let process = owner.process else {
      return unknown(TunnelSoftware.withoutProcess, device, Owner())
    }
    guard owner.machine == nil else { return nil }
    let software = TunnelSoftware(process)
    switch software.type {
    case "vm": return nil
    case "openvpn": return openVPN(address, device, owner, process)
    case "wireguard":
      let root = RootFolder(ofProcess: process.pid)
      return peer(
        address, device, owner, command: entry(place, "wg show \(device.name) dump"),
        in: read(Device(namespace: place.id, name: device.name)) {
          try WireGuardUserspace(device.name, root: root).device()
        }, roots: [root, .own])
    default: return unknown(software, device, owner)
    }
  }

  private func unknown(_ software: TunnelSoftware, _ device: Interface, _ owner: Owner) -> TunnelAnswer {
    TunnelAnswer(
      tunnel: Tunnel(type: software.type, interface: device.name), owner: owner, certainty: .unknown,
      reason: software.limitation)
  }

  private func entry(_ place: NamespaceDescription, _ command: ShellCommand) -> String? {
    guard let entry = place.entry else { return nil }
    return command.text.map { entry.isEmpty ? $0 : "\(entry) \($0)" }
  }

  // MARK: OpenVPN

  private mutating func openVPN(
    _ address: IPAddress, _ device: Interface, _ owner: Owner, _ process: Process
  ) -> TunnelAnswer {
    var answer = TunnelAnswer(
      tunnel: Tunnel(type: "openvpn", interface: device.name), owner: owner, certainty: .unknown)
    let server: OpenVPNServer
    do throws(OpenVPNError) { server = try self.server(process) } catch {
      answer.reason = "client unknown, because its configuration cannot be read: \(error)"
      return answer
    }
    let configuration = server.configuration
    let transport: Transport = configuration.transport.hasPrefix("tcp") ? .tcp : .udp
    if configuration.role == .client {
      let remote = configuration.remotes.first?.arguments ?? []
      answer.isClient = true
      answer.certainty = .observed
      answer.tunnel.realAddress = remote.first.map { host in
        IPAddress(host).flatMap { address in
          remote.count > 1 ? UInt16(remote[1]).map { "\(Endpoint(address, $0))" } : nil
        } ?? remote.prefix(2).joined(separator: ":")
      }
      return answer
    }
    do throws(OpenVPNUnknown) {
      let client = try self.client(address, server)
      answer.adopt(client, transport, port: configuration.port ?? 0)
    } catch {
      answer.reason = "client unknown, because \(error.reason)"
      if let command = error.command { answer.evidence = [Evidence("openvpn", "nothing found", command: command)] }
    }
    return answer
  }

  private mutating func server(_ process: Process) throws(OpenVPNError) -> OpenVPNServer {
    if let known = openVPN[process.pid], known.isFresh { return known.value.server }
    let server = try OpenVPNServer(pid: process.pid)
    let clients = Result { () throws(OpenVPNUnknown) in try server.clients() }
    openVPN[process.pid] = Read(KnownServer(server: server, clients: clients))
    return server
  }

  private func client(_ address: IPAddress, _ server: OpenVPNServer) throws(OpenVPNUnknown) -> OpenVPNClient {
    guard let known = openVPN[server.pid] else { return try server.client(for: address) }
    if let client = try known.value.clients.get().client(for: address) { return client }
    return try server.client(for: address)
  }

  // MARK: WireGuard

  private mutating func read(_ device: Device, _ body: () throws -> WireGuardDevice)
    -> Result<WireGuardDevice, any Error>
  {
    if let known = wireGuard[device], known.isFresh { return known.value }
    let result = Result { try body() }
    wireGuard[device] = Read(result)
    return result
  }

  private mutating func peerNames(_ roots: [RootFolder]) -> WireGuardPeerNames {
    let key = roots.map(\.path).joined(separator: "\n")
    if let known = names[key], known.isFresh { return known.value }
    let found = WireGuardPeerNames(in: roots)
    names[key] = Read(found)
    return found
  }

  private mutating func peer(
    _ address: IPAddress, _ device: Interface, _ owner: Owner, command: String?,
    in result: Result<WireGuardDevice, any Error>, roots: [RootFolder]
  ) -> TunnelAnswer {
    var answer = TunnelAnswer(
      tunnel: Tunnel(type: "wireguard", interface: device.name), owner: owner, certainty: .unknown)
    let read: WireGuardDevice
    do { read = try result.get() } catch {
      answer.reason = "client unknown, because \(error)"
      return answer
    }
    answer.adopt(read, address, device, names: peerNames(roots), command: command)
    return answer
  }
}
