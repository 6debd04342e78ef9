public import Flows

// Removes secrets from what leaves a host in a bundle: command lines and labels, where other programs may put them.

extension Process: HostRelative {
  public func called(_ name: String) -> Self { self }
  public func on(host number: Int) -> Process { self }
  public func shifted(by seconds: Double) -> Process { self }
  public var tellsTime: Bool { false }

  public func withoutSecrets() -> Process {
    var copy = self
    copy.command = command.map(SecretFilter.command)
    copy.startedBy = startedBy?.withoutSecrets()
    return copy
  }
}

extension Process.Starter {
  /// A copy without the values of command lines, of which the reason may quote one.
  func withoutSecrets() -> Process.Starter {
    var copy = self
    copy.command = command.map(SecretFilter.command)
    let quote = "by the entrypoint of container "
    if let reason, reason.hasPrefix(quote), let colon = reason.dropFirst(quote.count).firstRange(of: ": ") {
      let project = reason[colon.upperBound...].ranges(of: ", Compose project ").last
      copy.reason =
        reason[..<colon.upperBound] + SecretFilter.mark + (project.map { String(reason[$0.lowerBound...]) } ?? "")
    }
    return copy
  }
}

extension Container {
  private static let belongings: Set<String> = [
    "com.docker.compose.project", "com.docker.compose.service", "com.docker.compose.container-number",
    "io.kubernetes.pod.name", "io.kubernetes.pod.namespace", "io.kubernetes.pod.uid", "io.kubernetes.container.name",
  ]

  /// A copy with only those labels that say which project or pod the container belongs to.
  func withoutSecrets() -> Container {
    var copy = self
    let kept = labels?.filter { Self.belongings.contains($0.key) }
    copy.labels = kept?.isEmpty == true ? nil : kept
    return copy
  }
}

extension Owner: HostRelative {
  public func called(_ name: String) -> Self { self }
  public func on(host number: Int) -> Owner { self }
  public func shifted(by seconds: Double) -> Owner { self }
  public var tellsTime: Bool { false }

  public func withoutSecrets() -> Owner {
    var copy = self
    copy.process = process?.withoutSecrets()
    copy.container = container?.withoutSecrets()
    return copy
  }
}

extension Inventory {
  public func withoutSecrets() -> Inventory {
    var copy = self
    for index in copy.namespaces.indices {
      copy.namespaces[index].container = copy.namespaces[index].container?.withoutSecrets()
      for interface in copy.namespaces[index].interfaces.indices {
        let owner = copy.namespaces[index].interfaces[interface].deviceOwner
        copy.namespaces[index].interfaces[interface].deviceOwner = owner?.withoutSecrets()
      }
    }
    for index in copy.containers.indices {
      copy.containers[index].container = copy.containers[index].container.withoutSecrets()
    }
    return copy
  }
}

extension Interval {
  /// All distinct command lines in the interval.
  public var commands: Set<[String]> {
    Set(flows.compactMap(\.owner.process?.command) + flows.compactMap(\.owner.process?.startedBy?.command))
  }

  public func withoutSecrets() -> Interval {
    var copy = self
    for index in copy.flows.indices { copy.flows[index].owner = copy.flows[index].owner.withoutSecrets() }
    return copy
  }
}

extension SocketListing {
  public func withoutSecrets() -> SocketListing {
    var copy = self
    copy.owner = owner.withoutSecrets()
    return copy
  }
}

extension RelayAnswer {
  /// Names of backends may be URLs, and notes may quote a configuration, so both are cleaned.
  public func withoutSecrets() -> RelayAnswer {
    var copy = self
    for index in copy.backends.indices {
      copy.backends[index].name = SecretFilter.url(copy.backends[index].name)
      for server in copy.backends[index].servers.indices {
        copy.backends[index].servers[server].name = SecretFilter.url(copy.backends[index].servers[server].name)
      }
    }
    for index in copy.frontends.indices {
      copy.frontends[index].backends = copy.frontends[index].backends?.map(SecretFilter.url)
    }
    copy.notes = copy.notes.filter { !$0.hasSuffix(" is not understood") }.map(SecretFilter.url)
    return copy
  }
}

extension SitesAnswer {
  /// An upstream may be a URL with a login, so it is cleaned.
  public func withoutSecrets() -> SitesAnswer {
    var copy = self
    for index in copy.sites.indices {
      copy.sites[index].upstream = copy.sites[index].upstream.map(SecretFilter.url)
    }
    copy.notes = copy.notes.map(SecretFilter.url)
    return copy
  }
}
