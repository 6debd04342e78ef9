public import Programs

/// A question that a Docker or Podman engine did not answer. `denied`: root or the group `docker` is needed.
/// `unsupported`: `DOCKER_HOST` is neither `unix://` nor `tcp://`, or the two sides have no API version in common.
public typealias DockerError = ProgramError<HTTPRefusal>
