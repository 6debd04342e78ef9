public import Flows
public import LinuxSystem

/// A container as the path of a cgroup shows it.
///
/// It knows the forms of Docker, containerd, CRI-O, Podman, Kubernetes (cgroupfs and systemd drivers), LXC and
/// systemd-nspawn. Each container is one component of the path, so nested containers are found one after the other.
public struct ContainerCgroup: Hashable, Sendable, Codable {
  /// The runtime as in `Container.runtime`; `kubernetes` if only the pod is known, `unknown` for a bare id below an
  /// unknown parent.
  public var runtime: String
  /// 64 hexadecimal digits, or the name for LXC and systemd-nspawn.
  public var id: String
  /// The Kubernetes pod's uid, with dashes.
  public var pod: String?

  public init(runtime: String, id: String, pod: String? = nil) {
    self.runtime = runtime
    self.id = id
    self.pod = pod
  }

  /// The containers in `path`, from the outermost to the innermost.
  public static func all(in path: String) -> [ContainerCgroup] {
    let components = path.split(separator: "/")
    var found: [ContainerCgroup] = []
    var pod: String?
    var isKubernetes = false
    for (index, component) in components.enumerated() {
      if component.contains("kubepods") { isKubernetes = true }
      if isKubernetes, let uid = podUID(component) { pod = uid }
      let parents = components[..<index]
      guard var container = scope(component) ?? named(component, below: parents) ?? bare(component, below: parents)
      else { continue }
      if isKubernetes, container.runtime == "unknown" { container.runtime = "kubernetes" }
      container.pod = pod
      // `libpod-ID.scope/libpod-payload-ID` is one container.
      if found.last?.id == container.id { continue }
      found.append(container)
      pod = nil
      isKubernetes = false
    }
    return found
  }

  /// The containers of a process with these cgroups. The hierarchies may differ if only some are delegated; the one
  /// with the most containers is used, v2 first.
  public static func all(in paths: [CgroupPath]) -> [ContainerCgroup] {
    var best: [ContainerCgroup] = []
    for path in paths.sorted(by: { $0.hierarchy < $1.hierarchy }) {
      let found = all(in: path.path)
      if found.count > best.count { best = found }
    }
    return best
  }

  /// The container as the engine would describe it, with `reason` in place of name and image.
  public func container(reason: String?) -> Container {
    Container(runtime: runtime, id: id, pod: pod, reason: reason)
  }

  // MARK: Forms

  private static let prefixes: [(text: String, runtime: String)] = [
    ("docker-", "docker"), ("cri-containerd-", "containerd"), ("nerdctl-", "containerd"), ("containerd-", "containerd"),
    ("crio-", "cri-o"), ("libpod-payload-", "podman"), ("libpod-", "podman"),
  ]

  /// Reads `docker-ID.scope`, `libpod-ID` without a suffix, and `kubepods-…slice:cri-containerd:ID` (from a runtime
  /// with the systemd form but without the systemd driver). `crio-conmon-ID` and `libpod-conmon-ID` hold only the
  /// monitor and are no containers.
  private static func scope(_ component: Substring) -> ContainerCgroup? {
    let parts = component.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 3, isID(parts[2]) {
      return ContainerCgroup(runtime: runtime(ofPrefix: parts[1]), id: String(parts[2]))
    }
    let name = component.hasSuffix(".scope") ? component.dropLast(6) : component
    for prefix in prefixes where name.hasPrefix(prefix.text) {
      let id = name.dropFirst(prefix.text.utf8.count)
      return isID(id) ? ContainerCgroup(runtime: prefix.runtime, id: String(id)) : nil
    }
    return nil
  }

  private static func runtime(ofPrefix text: Substring) -> String {
    prefixes.first { $0.text.dropLast() == text }?.runtime ?? "unknown"
  }

  /// Reads `lxc/NAME`, `lxc.payload.NAME`, `machine.slice/systemd-nspawn@NAME.service`, `machine-NAME.scope`.
  private static func named(_ component: Substring, below parents: ArraySlice<Substring>) -> ContainerCgroup? {
    let parent = parents.last
    if component.hasPrefix("lxc.payload.") {
      return lxc(component.dropFirst(12))
    } else if parent == "lxc" || parent == "lxc.payload" {
      // Incus and LXD create cgroups of their own below; their names start with a dot.
      return component.hasPrefix(".") ? nil : lxc(component)
    } else if component.hasPrefix("systemd-nspawn@"), component.hasSuffix(".service") {
      return machine(component.dropFirst(15).dropLast(8))
    } else if parent == "machine.slice", component.hasPrefix("machine-"), component.hasSuffix(".scope") {
      let name = SystemdUnit.unescaped(component.dropFirst(8).dropLast(6))
      // libvirt: a virtual machine is no container.
      if name.hasPrefix("qemu-") { return nil }
      return name.hasPrefix("lxc-") ? lxc(name.dropFirst(4)) : machine(Substring(name))
    }
    return nil
  }

  private static func lxc(_ name: Substring) -> ContainerCgroup? {
    name.isEmpty ? nil : ContainerCgroup(runtime: "lxc", id: String(name))
  }

  private static func machine(_ name: Substring) -> ContainerCgroup? {
    name.isEmpty ? nil : ContainerCgroup(runtime: "systemd-nspawn", id: SystemdUnit.unescaped(name))
  }

  /// Reads a bare id whose parent shows the runtime: `/docker/ID`, `/k8s.io/ID`, `…/podUID/ID`, `/my-parent/ID`.
  private static func bare(_ component: Substring, below parents: ArraySlice<Substring>) -> ContainerCgroup? {
    guard let parent = parents.last else { return nil }
    let isWhole = parents.count == 1
    if parent == "buildkit", parents.dropLast().last == "docker", isAlphanumeric(component) {
      return ContainerCgroup(runtime: "buildkit", id: String(component))
    }
    // `ctr run` accepts any name in the namespace "default".
    let isContainerd = isWhole && ["default", "k8s.io", "moby", "buildkit"].contains(parent)
    guard isID(component), component.utf8.count == 64 || isContainerd else { return nil }
    if isContainerd { return ContainerCgroup(runtime: "containerd", id: String(component)) }
    switch parent {
    case "docker", "actions_job": return ContainerCgroup(runtime: "docker", id: String(component))
    case "libpod_parent": return ContainerCgroup(runtime: "podman", id: String(component))
    default:
      let isTask = parents.dropLast().last == "ecs"
      return ContainerCgroup(runtime: isTask ? "docker" : "unknown", id: String(component))
    }
  }

  /// Reads `podUID` and `kubepods-burstable-podUID.slice`. The uid of a static pod is a digest without dashes.
  private static func podUID(_ component: Substring) -> String? {
    var name = component.split(separator: ":", omittingEmptySubsequences: false).first ?? component
    if name.hasSuffix(".slice") { name = name.dropLast(6) }
    if let dash = name.utf8.lastIndex(of: UInt8(ascii: "-")), name.hasPrefix("kube") {
      // Only under systemd, where the uid itself contains underscores.
      name = name[name.utf8.index(after: dash)...]
    }
    guard name.hasPrefix("pod") else { return nil }
    let uid = name.dropFirst(3).utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
    guard uid.count >= 32, uid.allSatisfy({ isHex($0) || $0 == UInt8(ascii: "-") }) else { return nil }
    return String(decoding: uid, as: UTF8.self)
  }

  /// Whether the text is 12 to 128 hexadecimal digits.
  private static func isID(_ text: Substring) -> Bool {
    (12...128).contains(text.utf8.count) && text.utf8.allSatisfy(isHex)
  }

  private static func isHex(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }

  private static func isAlphanumeric(_ text: Substring) -> Bool {
    text.utf8.count >= 20 && text.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) }
  }
}
