public import Documents
internal import Fleet
internal import Flows
internal import LinuxSystem
internal import Probe
internal import Questions

extension HostSelection {
  /// The answer of each host about itself, asked at the same time. If a host does not answer, only its own part is
  /// missing. A signal ends the questions under way.
  ///
  /// - Returns: also why connections can't stay open for the next command; nil if they can.
  /// - Throws: `MissingProbe`.
  public func answers() async throws -> (answers: [HostAnswer], note: String?) {
    guard !hosts.isEmpty else { return ([], nil) }
    let fleet = try fleet()
    let answers = try await Interruption.cancelling { await fleet.forEach { await HostAnswer(asking: $0, fleet) } }
    return (answers, fleet.client.note)
  }

  /// Removes this user's probes from the first host and ends the open connection to it. Returns the number of probes.
  public func forgetProbes() async throws -> Int {
    guard let host = hosts.first else { return 0 }
    let client = SSHClient(limits: limits, environment: environment)
    let fleet = Fleet([host], client: client, probes: [])
    return try await Interruption.cancelling { await fleet.forget(host) }.get()
  }
}

extension HostAnswer {
  /// Connects to `host` and asks it about itself.
  init(asking host: HostSpecification, _ fleet: Fleet) async {
    let begin = MonotonicClock.seconds
    let result = await fleet.connect(to: host)
    self.init(name: host.name, ssh: host.destination.description, reachable: false, seconds: 0)
    switch result {
    case .success(let connection): await take(connection, host)
    case .failure(let failure): take(failure)
    }
    seconds = MonotonicClock.seconds - begin
  }

  private mutating func take(_ failure: HostError) {
    reachable = false
    error = Failure(code: failure.code.rawValue, detail: failure.detail, advice: failure.advice)
  }

  private mutating func take(_ connection: ProbeConnection, _ host: HostSpecification) async {
    privileges = connection.start.privileges.rawValue
    architecture = connection.start.architecture
    place = connection.start.place
    copied = connection.start.isCopied
    notes = connection.start.notes
    if connection.start.check == .size {
      notes.append("the host has no SHA-256 program, so only the length of the probe was compared")
    }
    defer { connection.end() }
    guard let reading = connection.takeOutput(), let writing = connection.takeInput() else {
      return
    }
    do {
      let vantage = try await RemoteVantage(host: host.name, reading: reading, writing: writing)
      defer { vantage.close() }
      reachable = true
      version = vantage.hello.program
      if !vantage.hello.missing.isEmpty, connection.start.privileges == .user {
        notes.append("missing there: " + vantage.hello.missing.joined(separator: ", "))
      }
      async let offset = vantage.clockOffset()
      async let inventory = vantage.inventory()
      addresses = Self.addresses(try await inventory, host)
      let clock = try await offset
      clockOffset = clock.wall
      clockUncertainty = clock.uncertainty
    } catch let failure as VantageError where failure.code == .disconnected {
      // The message of ssh or of the host's shell says more than that the conversation has ended.
      take(connection.failure())
    } catch {
      take(HostError(reachable ? .brokenOff : .notStarted, host.name, "\(error)"))
    }
  }

  private static func addresses(_ inventory: Inventory, _ host: HostSpecification) -> [IPAddress] {
    var found: [IPAddress] = []
    let own = inventory.namespaces.first { $0.isHost }?.interfaces.flatMap { $0.addresses.map(\.address) } ?? []
    let outer = Array(host.publicAddresses.keys) + inventory.publicAddresses(of: 0).keys
    for address in own.filter({ !$0.isLoopback && !$0.isLinkLocal }) + outer.sorted(by: precedes)
    where !found.contains(address) {
      found.append(address)
    }
    return found
  }

  private static func precedes(_ one: IPAddress, _ other: IPAddress) -> Bool {
    "\(one)" < "\(other)"
  }
}
