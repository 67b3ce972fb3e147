module github.com/relogin/relogin/ports/go

go 1.19
